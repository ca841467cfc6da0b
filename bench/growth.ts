/**
 * How what is asked of everybody grows with them, and what a sweep costs when few cross its line: CPU of the server, and wall time, from
 * ten thousand customers to a million, ten events each. `npx tsx bench/growth.ts [customers…]`, by default 10000 100000 1000000, each on
 * a server of its own in a folder that is removed afterwards; DATABASE_URL: one that an earlier run of another bench filled, instead of all.
 * ONLY=sweep asks the sweeps alone.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEntering } from '../activities/entering.ts'
import { createVersions } from '../activities/versions.ts'
import { campaignSchema } from '../domain/campaign/campaign.ts'
import { compileProgram } from '../domain/journey/program.ts'
import { metrics } from '../domain/metric/metrics/index.ts'
import { defaultSettings } from '../domain/settings.ts'
import { sql } from '../domain/sql.ts'
import { type Db, openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { insertCampaign } from '../prisma/queries/campaigns.ts'
import { countMembers } from '../prisma/queries/members.ts'
import { askMetrics } from '../prisma/queries/metrics/ask.ts'
import { factsOf, firstEventAt } from '../prisma/queries/metrics/facts.ts'
import { populationOf } from '../prisma/queries/metrics/population.ts'
import { openRun } from '../prisma/queries/runs.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { startPostgres } from '../worker/local/postgres.ts'
import { AT, makePeople } from './people.ts'
import { serverCpu } from './server-cpu.ts'

const sizes = process.env.DATABASE_URL
  ? [Number.NaN]
  : process.argv.length > 2
    ? process.argv.slice(2).map(Number)
    : [10_000, 100_000, 1_000_000]

/** A metric over all that happened. */
const metric = (db: Db, key: string, parameters: Record<string, unknown> = {}) =>
  askMetrics(db, async tx => {
    const kind = metrics.find(each => each.key === key)
    if (!kind) throw new Error(`there is no metric ${key}`)
    const window = { from: (await firstEventAt(tx)) ?? new Date(0), to: new Date(AT.getTime() + 1) }
    const shared = { asOf: AT, zone: 'Europe/Berlin', reporting: 'EUR' }
    const context = await ruleContext(tx, AT)
    const asking = { tx, population: populationOf(undefined, undefined, context), eventId: context.eventId, ...shared, rates: {} }
    return kind.answer(kind.parameters.parse(parameters), factsOf(asking), {
      window,
      asked: window,
      period: undefined,
      grouped: false,
      ...shared,
    })
  })

const questions: readonly (readonly [name: string, ask: (db: Db) => Promise<unknown>])[] = [
  [
    'bought three times in 30 days',
    async db => countMembers(db, { event: 'Order Completed', count: { gte: 3 }, within: '30d' }, await ruleContext(db, AT)),
  ],
  ['not seen for 60 days', async db => countMembers(db, { inactive: { for: '60d' } }, await ruleContext(db, AT))],
  ['N-day 1, 7, 30 of any event', db => metric(db, 'nDay', { n: '1,7,30' })],
  ['cohorts by month of any event', db => metric(db, 'cohorts')],
  ['repeat rate', db => metric(db, 'repeatRate')],
]

/** Sweeps of a live run every 30 s, as in real life, before AT; how long each took and how many crossed. */
async function sweeps(db: Db, event: string | undefined) {
  const rounds = 15
  const document = campaignSchema.parse({
    name: `Silent, ${event ?? 'any event'}`,
    trigger: { kind: 'inactivity', for: '14d', ...(event ? { event } : {}) },
    goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'wait', for: '1d' }] }],
  })
  const begin = new Date(AT.getTime() - rounds * 30_000)
  const campaign = await insertCampaign(db, { name: document.name, document, at: begin })
  const run = await openRun(db, {
    campaign: campaign.id,
    version: 1,
    document,
    program: compileProgram(document.goals),
    finite: false,
    enrolling: false,
    salt: `campaign-${campaign.id}`,
    plannedSize: 0,
    at: begin,
    sweptTo: begin,
    watch: [],
  })
  if (!run) throw new Error('no run')
  const { sweepRuns } = createEntering({ db, versions: createVersions(db), settings: async () => defaultSettings() })
  const times: number[] = []
  let crossed = 0
  for (let i = 1; i <= rounds; i++) {
    const start = performance.now()
    const { entered, failed } = await sweepRuns({ at: begin.getTime() + i * 30_000 })
    times.push(performance.now() - start)
    crossed += entered
    if (failed > 0) throw new Error('a sweep failed')
  }
  await db.run(sql`DELETE FROM enrollment WHERE run = ${run.id}`)
  await db.run(sql`DELETE FROM run WHERE id = ${run.id}`)
  times.sort((a, b) => a - b)
  return `${times[rounds >> 1]?.toFixed(1)} (${times.at(-1)?.toFixed(1)}), ${crossed} crossed in ${rounds}`
}

console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`)
console.log('| customers | events | question | wall ms: first, then | CPU ms of the server |\n|---:|---:|---|---:|---:|')
for (const size of sizes) {
  const given = process.env.DATABASE_URL
  const folder = given ? undefined : mkdtempSync(join(tmpdir(), 'growth-bench-'))
  const server = folder ? await startPostgres({ dir: join(folder, 'postgres'), port: 0 }) : undefined
  const db = openDatabase(server?.url ?? given ?? '')
  try {
    await migrate(server?.url ?? given ?? '')
    if (server) await makePeople(db, size, size * 10)
    const stood = await db.row<{ c: number; e: number }>(
      sql`SELECT (SELECT count(*) FROM customer) AS c, (SELECT count(*) FROM event) AS e`,
    )
    const of = `| ${stood?.c.toLocaleString('en')} | ${stood?.e.toLocaleString('en')}`
    for (const [name, ask] of process.env.ONLY === 'sweep' ? [] : questions) {
      const times: number[] = []
      const before = await serverCpu(db)
      for (let round = 0; round < 3; round++) {
        const start = performance.now()
        await ask(db)
        times.push(performance.now() - start)
      }
      const cpu = (((await serverCpu(db)) - before) / 3) * 1000
      console.log(`${of} | ${name} | ${times[0]?.toFixed(0)}, ${Math.min(...times.slice(1)).toFixed(0)} | ${cpu.toFixed(0)} |`)
    }
    for (const event of [undefined, 'Login'])
      console.log(`${of} | sweep of inactivity, ${event ?? 'any event'}: median (slowest) of 15 | ${await sweeps(db, event)} | |`)
  } finally {
    await db.close()
    await server?.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  }
}
