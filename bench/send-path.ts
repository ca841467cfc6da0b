// npx tsx bench/send-path.ts: the send path alone, without Temporal: verdicts, ledger, rendering, the provider's answer and where
// everybody rests, for CUSTOMERS (100,000) already claimed into waves of WAVE_SIZE (4,000), AT_ONCE (4) of them at a time, in one
// process against a local provider in another, beside a bare sender to the same provider. STATEMENTS=1 says which statement took how long.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { campaignSchema } from '../domain/campaign/campaign.ts'
import { readConnectedConfig } from '../domain/config.ts'
import { compileProgram } from '../domain/journey/program.ts'
import { walk } from '../domain/journey/walk.ts'
import { sql } from '../domain/sql.ts'
import { migrate } from '../prisma/migrate.ts'
import { insertCampaign } from '../prisma/queries/campaigns.ts'
import { openRun } from '../prisma/queries/runs.ts'
import { readSettings } from '../prisma/queries/settings.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { built } from './parts/built.ts'
import { beside, usage } from './parts/processes.ts'
import { campaignOf, insertPeople, letterAndWait } from './parts/stand.ts'

const { createActivities } = await built<typeof import('../activities/index.ts')>('activities/index')
const { createVersions } = await built<typeof import('../activities/versions.ts')>('activities/versions')
const { createChannels } = await built<typeof import('../channels/registry.ts')>('channels/registry')
const { openDatabase } = await built<typeof import('../prisma/client.ts')>('prisma/client')
const customers = Number(process.env.CUSTOMERS ?? 100_000)
const waveSize = Number(process.env.WAVE_SIZE ?? 4_000)
const atOnce = Number(process.env.AT_ONCE ?? 4)
const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'))
const postgres = await startPostgres({ dir: join(folder, 'postgres'), port: 0 })
const provider = await beside('bench/parts/provider.ts', {})
const { url = '' } = JSON.parse(provider.line) as Record<string, string>
await migrate(postgres.url)
const db = openDatabase(postgres.url, 24)
const statements = process.env.STATEMENTS === '1' ? watchStatements() : undefined

try {
  await insertPeople(db, customers)
  const config = readConnectedConfig({
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: 'localhost:1',
    SENDGRID_API_KEY: 'SG.test',
    SENDGRID_BASE_URL: url,
    SENDGRID_FROM: 'shop@perennial.example',
    POSTAL_ADDRESS: 'Main Street 1, Springfield',
  })
  const nowhere = { put: async () => {} }
  const channels = createChannels(config, { inbox: nowhere, outbox: () => nowhere, holds: () => undefined } as never)
  const activities = createActivities({
    db,
    versions: createVersions(db),
    channels,
    links: { secretKey: 'bench', publicUrl: 'https://shop.example' },
    settings: () => readSettings(db, config),
    waveSize,
  })
  const at = Date.now()
  const run = await launch(new Date(at))
  const phase = async (name: string, work: () => Promise<void>) => {
    statements?.clear()
    const before = { node: process.cpuUsage(), postgres: usage(postgres.pid).cpu, provider: usage(provider.pid).cpu }
    const began = performance.now()
    await work()
    const seconds = (performance.now() - began) / 1_000
    const node = process.cpuUsage(before.node)
    console.log(
      `| ${name} | ${Math.round(customers / seconds).toLocaleString('en')} | ${((node.user + node.system) / 1e6).toFixed(2)} | ${(usage(postgres.pid).cpu - before.postgres).toFixed(2)} | ${(usage(provider.pid).cpu - before.provider).toFixed(2)} |`,
    )
    statements?.print()
    return customers / seconds
  }
  console.log('| | customers/s | CPU s: this process | PostgreSQL | provider |\n|---|---:|---:|---:|---:|')
  const which = { campaign: run.campaign, run: run.id }
  await phase('enrolled', async () => {
    while ((await activities.enrollSnapshot({ ...which, at })).more);
  })
  let waves: Awaited<ReturnType<typeof activities.claim>>['waves'] = []
  await phase('claimed', async () => {
    waves = (await activities.claim({ ...which, firstWave: 1, atMost: Math.ceil(customers / waveSize), at })).waves
  })
  const ours = await phase('sent and at rest', async () => {
    const left = [...waves]
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let wave = left.shift(); wave; wave = left.shift())
          await walk(wave, { now: () => at, perform: request => activities.perform({ ...which, ...request }) })
      }),
    )
  })
  const bare = await beside('bench/parts/bare-sender.ts', { CUSTOMERS: String(customers), PROVIDER: url })
  const told = await new Promise<string>(resolve => bare.child.stdout?.on('data', data => resolve(String(data))))
  const bareRate = customers / (JSON.parse(told) as { seconds: number }).seconds
  const [{ accepted } = { accepted: 0 }] = await db.rows<{ accepted: number }>(
    sql`SELECT count(*)::int AS accepted FROM message WHERE status = 'accepted'`,
  )
  console.log(
    `\n${accepted.toLocaleString('en')} accepted; bare sender ${Math.round(bareRate).toLocaleString('en')} messages/s, ours is ${(ours / bareRate).toFixed(2)} of it`,
  )
} finally {
  await provider.stop()
  await db.close()
  await postgres.stop(true)
  rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}

async function launch(at: Date) {
  const campaign = campaignSchema.parse(campaignOf('Bench', { kind: 'now' }, letterAndWait('Hello')))
  const row = await insertCampaign(db, { name: campaign.name, document: campaign, at })
  const run = await openRun(db, {
    campaign: row.id,
    version: row.version,
    document: campaign,
    program: compileProgram(campaign.goals),
    finite: true,
    enrolling: true,
    salt: `campaign-${row.id}`,
    plannedSize: customers,
    at,
    sweptTo: null,
    watch: [],
  })
  if (!run) throw new Error('the campaign is live already')
  return run
}

/** How long each statement took, of all connections, as its client saw it. */
function watchStatements() {
  const took = new Map<string, { count: number; ms: number }>()
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const began = performance.now()
    const answer = query.apply(this, args)
    const text = typeof args[0] === 'string' ? args[0] : ((args[0] as { text?: string })?.text ?? '')
    const key = text.replaceAll(/\s+/g, ' ').trim().slice(0, 90)
    if (answer instanceof Promise)
      void answer
        .finally(() => {
          const sum = took.get(key) ?? { count: 0, ms: 0 }
          took.set(key, { count: sum.count + 1, ms: sum.ms + performance.now() - began })
        })
        .catch(() => {})
    return answer
  } as typeof pg.Client.prototype.query
  return {
    clear: () => took.clear(),
    print: () => {
      for (const [text, { count, ms }] of [...took].sort((a, b) => b[1].ms - a[1].ms).slice(0, 12))
        console.log(`  ${ms.toFixed(0).padStart(7)} ms ${String(count).padStart(5)}  ${text}`)
    },
  }
}
