import { pino } from 'pino'
import { buildServer } from '../../api/server.ts'
import { connectTemporal } from '../../api/temporal.ts'
import { readConnectedConfig } from '../../domain/config.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { findRun } from '../../prisma/queries/runs.ts'
import { freePort } from '../../worker/local/processes.ts'
import { startWorker } from '../../worker/run-worker.ts'
import type { Faults } from '../providers/faults.ts'
import { type SendGridServer, startSendGrid } from '../providers/sendgrid.ts'
import { startTwilio, type TwilioServer } from '../providers/twilio.ts'
import type { Answer } from './api.ts'
import { workflowBundle } from './engine.ts'
import { testDatabase, testTemporal } from './stack.ts'

export interface Whole {
  db: Db
  url: string
  key: string
  sendgrid: SendGridServer
  twilio: TwilioServer
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Asks again and again until the answer is yes. */
  until(what: string, ask: () => Promise<boolean>, patienceMs?: number): Promise<void>
  close(): Promise<void>
}

/** The whole product as it runs: the API on a port, a worker, PostgreSQL, Temporal, and both providers beside it on the wire. */
export async function openWhole(
  options: { emailFaults?: Faults; smsFaults?: Faults; env?: Record<string, string> } = {},
): Promise<Whole> {
  const database = await testDatabase()
  const temporal = await testTemporal()
  const sendgrid = await startSendGrid(options.emailFaults ? { faults: options.emailFaults } : {})
  const twilio = await startTwilio(options.smsFaults ? { faults: options.smsFaults } : {})
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const key = 'owner-key-of-the-whole'
  const config = readConnectedConfig({
    PORT: String(port),
    PUBLIC_URL: url,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_TASK_QUEUE: temporal.taskQueue,
    SENDGRID_API_KEY: sendgrid.apiKey,
    SENDGRID_BASE_URL: sendgrid.url,
    SENDGRID_FROM: 'shop@perennial.example',
    SENDGRID_WEBHOOK_PUBLIC_KEY: sendgrid.publicKey,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_AUTH_TOKEN: twilio.authToken,
    TWILIO_FROM: '+15005550006',
    TWILIO_BASE_URL: twilio.url,
    POSTAL_ADDRESS: 'Main Street 1, Springfield',
    LOG_LEVEL: 'error',
    ...options.env,
  })
  const db = openDatabase(database.url)
  // A database of its own but the Temporal server of all: workflow ids name campaigns and imports by number.
  const first = Math.floor(Math.random() * 2_000_000_000) + 1
  await db.run(sql`SELECT setval('campaign_id_seq', ${first}), setval('import_id_seq', ${first})`)
  const log = pino({ level: 'error' })
  const gateway = connectTemporal({ temporal: config.temporal, campaignOf: async run => (await findRun(db, run))?.campaign, log })
  const secretKey = 'the secret key of the whole'
  const app = buildServer({ db, temporal: gateway, config: { ...config, apiKey: key, secretKey }, log, clock: () => new Date() })
  await app.listen({ port, host: '127.0.0.1' })
  const worker = await startWorker({ config, secretKey, workflows: { workflowBundle: await workflowBundle() }, log: () => {} })

  const call: Whole['call'] = async (method, path, body, headers = {}) => {
    const json = body !== undefined && typeof body !== 'string'
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : (body as string) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: isJson ? JSON.parse(text) : text,
      text,
    }
  }
  return {
    db,
    url,
    key,
    sendgrid,
    twilio,
    call,
    until: async (what, ask, patienceMs = 60_000) => {
      const end = Date.now() + patienceMs
      while (!(await ask())) {
        if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain until ${what}`)
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    },
    close: async () => {
      worker.shutdown()
      await worker.run
      await app.close()
      await gateway.close()
      await db.close()
      await Promise.all([sendgrid.close(), twilio.close()])
      await temporal.close()
      await database.close()
    },
  }
}
