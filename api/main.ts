import { pino } from 'pino'
import { ConfigError, localUrl, readConnectedConfig } from '../domain/config.ts'
import { openDatabase } from '../prisma/client.ts'
import { onShutdown } from '../prisma/process.ts'
import { forgetOldAnswers } from '../prisma/queries/idempotency.ts'
import { findRun } from '../prisma/queries/runs.ts'
import { ownerKey, secretKey } from '../prisma/secrets.ts'
import { buildServer } from './server.ts'
import { connectTemporal } from './temporal.ts'

/** How many connections one API process may hold. */
const connections = 20
const tidyEveryMs = 3_600_000

/** `npm run api`: comes up while the database or Temporal is away, and says so at /readyz until they answer. */
async function main(): Promise<void> {
  const config = readConnectedConfig(process.env)
  const log = pino({ level: config.logLevel, base: { role: 'api' } })
  const owner = await ownerKey(config)
  const db = openDatabase(config.databaseUrl, connections)
  const temporal = connectTemporal({
    temporal: config.temporal,
    campaignOf: async run => (await findRun(db, run))?.campaign,
    log,
  })
  const clock = () => new Date()
  const app = buildServer({
    db,
    temporal,
    config: { ...config, apiKey: owner.key, secretKey: await secretKey(config) },
    log,
    clock,
  })
  const tidy = setInterval(() => void forgetOldAnswers(db, clock()).catch(() => {}), tidyEveryMs).unref()

  onShutdown(async () => {
    clearInterval(tidy)
    await app.close()
    await temporal.close()
    await db.close()
  })
  try {
    await app.listen({ port: config.port, host: config.host })
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? new Error(`PORT ${config.port} is taken on ${config.host}: stop what listens there, or set PORT to another`)
      : error
  }
  const address = app.server.address()
  const port = typeof address === 'object' && address ? address.port : config.port
  log.info({ url: localUrl(config.host, port) }, 'the API listens')
  if (owner.fresh) process.stdout.write(`Owner key ${owner.key} (shown this once; kept in ${owner.file})\n`)
}

main().catch((error: unknown) => {
  const lines = error instanceof ConfigError ? error.message.split('\n') : [(error as Error).message]
  for (const line of lines) process.stderr.write(`The API does not run: ${line}\n`)
  process.exit(1)
})
