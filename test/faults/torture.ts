import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { randomFrom } from '../providers/faults.ts'
import { type Account, account, idOf } from './account.ts'
import { insist } from './insist.ts'
import { type Plant, slowMs, startPlant, type Victim, victims } from './plant.ts'
import { report } from './reporter.ts'

export interface TortureOptions {
  seed: number
  kills: number
  /** Milliseconds between kills, at least and at most; one gap in five is two to five times the longest. */
  every: readonly [number, number]
  customers: number
  /** How long a doubtful send waits for evidence: short, so that a test sees the end of it. */
  uncertainFor: string
  /** The share of requests for e-mail that meet a fault; of SMS, of which there are more, a quarter of it. */
  faultRate: number
  /** Whether providers also hang, for as long as a worker waits for them. */
  hangs: boolean
  /** How long everything may take to come to rest after the last kill. */
  patienceMs: number
  log?(line: string): void
}

const quiet = { sms: null, email: null, inApp: null }
const journey = [
  {
    kind: 'message',
    id: 'welcome',
    channel: 'email',
    content: {
      subject: 'welcome',
      html: '<p>Hi {{ customer.firstName }}, {{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>',
    },
  },
  { kind: 'wait', for: '1s' },
  { kind: 'message', id: 'hint', channel: 'sms', content: { body: 'hint for {{ customer.firstName }}' } },
  { kind: 'wait', for: '1s' },
  {
    kind: 'message',
    id: 'more',
    channel: 'email',
    class: 'transactional',
    onUncertain: 'hold',
    content: { subject: 'more', html: '<p>More for {{ customer.firstName }}</p>' },
  },
  { kind: 'message', id: 'last', channel: 'sms', content: { body: 'last for {{ customer.firstName }}' } },
]

/**
 * A campaign of e-mail and SMS whose customers keep coming while worker, API, PostgreSQL and Temporal are killed with kill -9 at
 * seeded moments and the providers misbehave; then rest, and the account of it.
 */
export async function torture(options: TortureOptions): Promise<Account> {
  const { seed, log = () => {} } = options
  const began = Date.now()
  // Each its own stream, so that who dies when depends on nothing else.
  const random = randomFrom(seed)
  const plant = await startPlant(options)
  const kills = Object.fromEntries(victims.map(name => [name, 0])) as Record<Victim, number>
  const reporter = report(plant, randomFrom(seed + 2))
  try {
    const run = await launch(plant)
    let killed = 0
    const coming = arrive(plant, options, () => killed / options.kills)
    while (killed < options.kills) {
      const [least, most] = options.every
      // Now and then they are left alone long enough to get far, so that the next kill finds much in the air.
      await sleep(random() < 0.2 ? most * (2 + 3 * random()) : least + random() * (most - least))
      const victim = choose(random())
      const moment = random() * slowMs
      // Who dies while a provider has its request leaves the worst behind.
      if (victim === 'worker' || victim === 'worker2') {
        await requested(plant)
        await sleep(moment)
      }
      log(`kill ${++killed}: ${victim}`)
      kills[victim]++
      await plant.kill(victim)
    }
    await Promise.race([coming.done, sleep(options.patienceMs)])
    plant.calm()
    log('calm: everything may come to rest')
    const db = openDatabase(plant.databaseUrl, 4)
    try {
      await settle(db, run, options, log)
      await reporter.stop()
      return await account(db, plant, run, options, kills, began)
    } finally {
      await db.close()
    }
  } finally {
    await reporter.stop()
    await plant.close()
  }
}

/** Answers when a provider gets its next request, or after a while without one. */
async function requested({ sendgrid, twilio }: Plant): Promise<void> {
  const count = () => sendgrid.requests.length + twilio.requests.length
  const before = count()
  for (const end = Date.now() + 1_500; count() === before && Date.now() < end; ) await sleep(5)
}

/** The roles die more often than the servers beneath them. */
function choose(share: number): Victim {
  if (share < 0.25) return 'worker'
  if (share < 0.5) return 'worker2'
  if (share < 0.75) return 'api'
  return share < 0.88 ? 'postgres' : 'temporal'
}

async function launch(plant: Plant): Promise<string> {
  const { version: _, ...standing } = (await insist(plant, 'GET', '/v1/settings')) as Record<string, unknown>
  await insist(plant, 'PUT', '/v1/settings', { ...standing, quietHours: quiet })
  const campaign = (await insist(plant, 'POST', '/v1/campaigns', {
    name: 'Torture',
    trigger: { kind: 'event', event: 'Signed Up' },
    goals: [{ key: 'g', kind: 'onboarding', success: { event: 'Never', within: '30d' }, journey }],
  })) as { id: string }
  for (;;) {
    const ready = await fetch(`${plant.url}/readyz`).catch(() => undefined)
    if (ready?.ok) break
    await sleep(100)
  }
  const { run } = (await insist(plant, 'POST', `/v1/campaigns/${campaign.id}/launch`, {}, 'launch')) as { run: string }
  return run
}

/** Customers sign up all the time, as far as the killing has come; a batch that got no answer is sent again as it was. */
function arrive(plant: Plant, { customers, kills }: TortureOptions, share: () => number): { done: Promise<void> } {
  const batches = Math.min(customers, Math.max(20, 2 * kills))
  const done = (async () => {
    let n = 0
    for (let i = 0; i < batches; i++) {
      while (share() < i / batches) await sleep(50)
      const until = Math.round(((i + 1) * customers) / batches)
      const calls: object[] = []
      for (; n < until; n++) {
        const userId = `c${n}`
        const traits = { email: `${userId}@mail.example`, phone: phoneOf(n), firstName: userId, consents: { sms: 'subscribed' } }
        calls.push({ type: 'identify', userId, messageId: `who-${n}`, traits })
        calls.push({ type: 'track', userId, messageId: `signup-${n}`, event: 'Signed Up' })
      }
      if (calls.length > 0) await insist(plant, 'POST', '/v1/batch', { batch: calls })
    }
  })()
  done.catch(() => {})
  return { done }
}

const phoneOf = (n: number) => `+4670${String(1_000_000 + n)}`

/** Waits until everybody has gone to the end of the journey and nothing is in doubt that could still be settled. */
async function settle(
  db: Db,
  run: string,
  { customers, patienceMs }: TortureOptions,
  log: (line: string) => void,
): Promise<void> {
  let told = ''
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(250)) {
    const standing = await db
      .row<{ enrolled: number; active: number; doubtful: number; open: number }>(sql`
        SELECT (SELECT count(*)::int FROM enrollment WHERE run = ${idOf(run)}) AS enrolled, (SELECT count(*)::int FROM enrollment WHERE run = ${idOf(run)} AND state <> 'ended') AS active,
          (SELECT count(*)::int FROM message WHERE status IN ('sending', 'uncertain', 'queued', 'deferred')) AS doubtful,
          (SELECT count(*)::int FROM provider_event WHERE processed_at IS NULL) + (SELECT count(*)::int FROM report_batch) AS open`)
      .catch(() => undefined)
    if (!standing) continue
    const story = `enrolled ${standing.enrolled}, active ${standing.active}, doubtful ${standing.doubtful}, unprocessed ${standing.open}`
    if (story !== told) log(story)
    told = story
    if (standing.enrolled === customers && standing.active + standing.doubtful + standing.open === 0) return
  }
}
