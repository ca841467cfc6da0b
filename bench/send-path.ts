// npx tsx bench/send-path.ts: the send path alone, without Temporal: verdicts, ledger, rendering, the provider's answer and where
// everybody rests, for CUSTOMERS (240,000) already claimed into waves of WAVE_SIZE (4,000), AT_ONCE (6) of them at a time shared by
// WORKERS (2) processes as workers are, against a local provider in another, beside a bare sender to the same provider.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { campaignSchema } from '../domain/campaign/campaign.ts'
import { readConnectedConfig } from '../domain/config.ts'
import { compileProgram } from '../domain/journey/program.ts'
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
const { openDatabase } = await built<typeof import('../prisma/client.ts')>('prisma/client')
const customers = Number(process.env.CUSTOMERS ?? 240_000)
const waveSize = Number(process.env.WAVE_SIZE ?? 4_000)
const atOnce = Number(process.env.AT_ONCE ?? 6)
const workers = Number(process.env.WORKERS ?? 2)
const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'))
const postgres = await startPostgres({ dir: join(folder, 'postgres'), port: 0 })
const provider = await beside('bench/parts/provider.ts', {})
const { url = '' } = JSON.parse(provider.line) as Record<string, string>
await migrate(postgres.url)
const db = openDatabase(postgres.url, 24)

try {
  await insertPeople(db, customers)
  const env = {
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: 'localhost:1',
    SENDGRID_API_KEY: 'SG.test',
    SENDGRID_BASE_URL: url,
    SENDGRID_FROM: 'shop@perennial.example',
    POSTAL_ADDRESS: 'Main Street 1, Springfield',
  }
  const team: Awaited<ReturnType<typeof beside>>[] = []
  for (let i = 0; i < workers; i++) team.push(await beside('bench/parts/sending.ts', env))
  const config = readConnectedConfig(env)
  const activities = createActivities({
    db,
    versions: createVersions(db),
    channels: {} as never,
    links: { secretKey: 'bench', publicUrl: 'https://shop.example' },
    settings: () => readSettings(db, config),
    waveSize,
  })
  const at = Date.now()
  const run = await launch(new Date(at))
  const phase = async (name: string, work: () => Promise<void>) => {
    const own = () => usage(process.pid).cpu - usage(postgres.pid).cpu - usage(provider.pid).cpu
    const before = { node: own(), postgres: usage(postgres.pid).cpu, provider: usage(provider.pid).cpu }
    const began = performance.now()
    await work()
    const seconds = (performance.now() - began) / 1_000
    console.log(
      `| ${name} | ${Math.round(customers / seconds).toLocaleString('en')} | ${(own() - before.node).toFixed(2)} | ${(usage(postgres.pid).cpu - before.postgres).toFixed(2)} | ${(usage(provider.pid).cpu - before.provider).toFixed(2)} |`,
    )
    return customers / seconds
  }
  console.log('| | customers/s | CPU s: workers | PostgreSQL | provider |\n|---|---:|---:|---:|---:|')
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
    const send = (one: (typeof team)[number], wave: (typeof waves)[number]) =>
      new Promise<void>((resolve, reject) => {
        one.child.once('exit', reject)
        const done = (told: number) => {
          if (told !== wave.wave) return
          one.child.off('message', done).off('exit', reject)
          resolve()
        }
        one.child.on('message', done).send({ ...which, at, wave })
      })
    await Promise.all(
      Array.from({ length: atOnce }, async (_, lane) => {
        const one = team[lane % workers]!
        for (let wave = left.shift(); wave; wave = left.shift()) await send(one, wave)
      }),
    )
  })
  for (const one of team) await one.stop()
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
