import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { randomFrom } from '../providers/faults.ts'
import type { Delivery } from '../providers/sendgrid.ts'
import { ownerKey, type Plant, startPlant, type Victim, victims } from './plant.ts'

export interface TortureOptions {
  seed: number
  kills: number
  /** Milliseconds between kills, at least and at most. */
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

/** What happened, counted at both ends. */
export interface Account {
  seed: number
  kills: Record<Victim, number>
  customers: number
  enrolled: number
  ended: number
  messages: Record<string, number>
  atProviders: { email: number; sms: number; requests: number; faults: number }
  /** Each a person who got a step's message more than once, or whom nobody accounts for: empty is what it must be. */
  twice: string[]
  lost: string[]
  /** Ledger lines that contradict the provider. */
  lies: string[]
  identities: string[]
  seconds: number
}

const steps = ['welcome', 'hint', 'more', 'last'] as const
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
  const random = randomFrom(seed)
  const plant = await startPlant(options)
  const kills = Object.fromEntries(victims.map(name => [name, 0])) as Record<Victim, number>
  const reporter = report(plant, random)
  try {
    const run = await launch(plant)
    const coming = arrive(plant, options, random)
    for (let n = 0; n < options.kills; n++) {
      await sleep(options.every[0] + random() * (options.every[1] - options.every[0]))
      const victim = choose(random())
      log(`kill ${n + 1}: ${victim}`)
      kills[victim]++
      await plant.kill(victim)
    }
    await coming.done
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

/** The roles die more often than the servers beneath them. */
function choose(share: number): Victim {
  if (share < 0.3) return 'worker'
  if (share < 0.5) return 'worker2'
  if (share < 0.75) return 'api'
  return share < 0.88 ? 'postgres' : 'temporal'
}

/** Asks the API until it answers with a success: any supervisor's client would. A refusal is a fault of the test. */
async function insist(plant: Plant, method: string, path: string, body?: unknown, key?: string): Promise<unknown> {
  for (;;) {
    try {
      const response = await fetch(`${plant.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ownerKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key ? { 'idempotency-key': key } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      })
      const text = await response.text()
      if (response.ok) return JSON.parse(text)
      if (response.status < 500 && response.status !== 429 && response.status !== 409)
        throw new Error(`refused: ${response.status} ${text}`)
    } catch (error) {
      if (String(error).includes('refused: ')) throw error
    }
    await sleep(100)
  }
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

/** Customers sign up all the time; a batch that got no answer is sent again as it was. */
function arrive(plant: Plant, { customers, kills, every }: TortureOptions, random: () => number): { done: Promise<void> } {
  const lasting = (kills * (every[0] + every[1])) / 2
  const batches = Math.min(customers, Math.max(20, Math.round(lasting / 500)))
  const done = (async () => {
    let n = 0
    for (let i = 0; i < batches; i++) {
      const until = Math.round(((i + 1) * customers) / batches)
      const calls: object[] = []
      for (; n < until; n++) {
        const userId = `c${n}`
        const traits = { email: `${userId}@mail.example`, phone: phoneOf(n), firstName: userId, consents: { sms: 'subscribed' } }
        calls.push({ type: 'identify', userId, messageId: `who-${n}`, traits })
        calls.push({ type: 'track', userId, messageId: `signup-${n}`, event: 'Signed Up' })
      }
      if (calls.length > 0) await insist(plant, 'POST', '/v1/batch', { batch: calls })
      await sleep((lasting / batches) * (0.5 + random() / 2))
    }
  })()
  done.catch(() => {})
  return { done }
}

const phoneOf = (n: number) => `+4670${String(1_000_000 + n)}`

/** The providers report what they took, in order, until it is taken from them; some of it twice. */
function report(plant: Plant, random: () => number): { stop(): Promise<void> } {
  let ending = false
  let mail = 0
  let text = 0
  const work = (async () => {
    while (!ending || mail < plant.sendgrid.deliveries.length || text < plant.twilio.messages.length) {
      const deliveries = plant.sendgrid.deliveries.slice(mail, mail + 100)
      if (deliveries.length > 0 && (await taken(() => reportMail(plant, deliveries)))) mail += deliveries.length
      const messages = plant.twilio.messages.slice(text, text + 20)
      const statuses = ['sent', 'delivered'].slice(random() < 0.2 ? 1 : 0)
      if (messages.length > 0) {
        let well = true
        for (const status of statuses)
          well =
            (await taken(async () =>
              (await plant.twilio.report(status, messages, { repeat: 0.1 })).every(code => code === 200),
            )) && well
        if (well) text += messages.length
      }
      if (ending && plant.sendgrid.deliveries.length === mail && plant.twilio.messages.length === text) break
      await sleep(150)
    }
  })()
  return {
    stop: async () => {
      ending = true
      await work
    },
  }
}

async function reportMail(plant: Plant, deliveries: readonly Delivery[]): Promise<boolean> {
  const events = deliveries.flatMap(each => [plant.sendgrid.event('processed', each), plant.sendgrid.event('delivered', each)])
  const codes = await plant.sendgrid.report(events, { url: `${plant.url}/webhooks/sendgrid/events`, batch: 60, repeat: 0.1 })
  return codes.every(code => code === 200)
}

const taken = (work: () => Promise<boolean>): Promise<boolean> => work().catch(() => false)

const idOf = (run: string) => Number(run.split('_')[1])

/** Waits until everybody has gone to the end of the journey and nothing is in doubt that could still be settled. */
async function settle(
  db: Db,
  run: string,
  { customers, patienceMs }: TortureOptions,
  log: (line: string) => void,
): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(250)) {
    const standing = await db
      .row<{ enrolled: number; active: number; doubtful: number; open: number }>(sql`
        SELECT (SELECT count(*)::int FROM enrollment WHERE run = ${idOf(run)}) AS enrolled, (SELECT count(*)::int FROM enrollment WHERE run = ${idOf(run)} AND state <> 'ended') AS active,
          (SELECT count(*)::int FROM message WHERE status IN ('sending', 'uncertain', 'queued', 'deferred')) AS doubtful,
          (SELECT count(*)::int FROM provider_event WHERE processed_at IS NULL) AS open`)
      .catch(() => undefined)
    if (!standing) continue
    log(`enrolled ${standing.enrolled}, active ${standing.active}, doubtful ${standing.doubtful}, unprocessed ${standing.open}`)
    if (standing.enrolled === customers && standing.active + standing.doubtful + standing.open === 0) return
  }
}

async function account(
  db: Db,
  plant: Plant,
  run: string,
  options: TortureOptions,
  kills: Account['kills'],
  began: number,
): Promise<Account> {
  const rows = await db.rows<{ id: string; customer: string; step: number; status: string; channel: string }>(
    sql`SELECT m.id, c.external_id AS customer, m.step, m.status, m.channel FROM message m JOIN customer c ON c.id = m.customer WHERE m.run = ${idOf(run)}`,
  )
  const messages: Record<string, number> = {}
  for (const row of rows) messages[row.status] = (messages[row.status] ?? 0) + 1

  // By person and step, as people would count: what reached them, whatever ids it carried.
  const got = new Map<string, number>()
  const count = (key: string) => got.set(key, (got.get(key) ?? 0) + 1)
  for (const delivery of plant.sendgrid.deliveries) count(`${delivery.to.split('@')[0]} ${delivery.subject}`)
  for (const message of plant.twilio.messages) {
    const [step, , customer] = message.body.split(/[\s\n]+/)
    count(`${customer} ${step}`)
  }
  const twice = [...got].filter(([, times]) => times > 1).map(([key, times]) => `${key} ×${times}`)

  const sent = new Set(['accepted', 'delivered', 'opened', 'clicked'])
  const never = new Set(['queued', 'skipped', 'failed', 'deferred'])
  const lies: string[] = []
  const lines = new Map(rows.map(row => [`${row.customer} ${stepName(row.step)}`, row]))
  for (const [key, row] of lines) {
    const there = got.has(key)
    if (sent.has(row.status) && !there) lies.push(`${key}: ${row.status}, and the provider never took it`)
    if (never.has(row.status) && there) lies.push(`${key}: ${row.status}, and the provider has it`)
  }
  const lost: string[] = []
  for (let n = 0; n < options.customers; n++)
    for (const step of steps) if (!lines.has(`c${n} ${step}`)) lost.push(`c${n} ${step}: no line in the ledger`)

  const view = (await insist(plant, 'GET', `/v1/runs/${run}`)) as RunAnswer
  const faults = [...plant.sendgrid.requests, ...plant.twilio.requests].filter(request => request.fault).length
  return {
    seed: options.seed,
    kills,
    customers: options.customers,
    enrolled: view.enrolled,
    ended: Object.values(view.ended).reduce((sum, n) => sum + n, 0),
    messages,
    atProviders: {
      email: plant.sendgrid.deliveries.length,
      sms: plant.twilio.messages.length,
      requests: plant.sendgrid.requests.length + plant.twilio.requests.length,
      faults,
    },
    twice,
    lost,
    lies,
    identities: brokenIdentities(view),
    seconds: Math.round((Date.now() - began) / 1_000),
  }
}

/** Steps are numbered in reading order, waits included. */
const stepName = (step: number): string => ({ 0: 'welcome', 2: 'hint', 4: 'more', 5: 'last' })[step] ?? `step ${step}`

interface RunAnswer {
  enrolled: number
  active: number
  ended: Record<string, number>
  byVariant: Record<string, number>
  bySteps: {
    step: string
    kind: string
    reached: number
    sent: number
    skipped: Record<string, number>
    failed: number
    deferred: number
    uncertain: number
    held: number
    queued: number
  }[]
}

function brokenIdentities(view: RunAnswer): string[] {
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, n) => all + n, 0)
  const broken: string[] = []
  if (view.enrolled !== sum(view.byVariant)) broken.push(`enrolled ${view.enrolled} ≠ Σ byVariant ${sum(view.byVariant)}`)
  if (view.enrolled !== view.active + sum(view.ended)) broken.push(`enrolled ${view.enrolled} ≠ active + Σ ended`)
  for (const step of view.bySteps) {
    if (step.kind !== 'message') continue
    const parts = step.sent + sum(step.skipped) + step.failed + step.deferred + step.uncertain + step.held + step.queued
    if (step.reached !== parts) broken.push(`${step.step}: reached ${step.reached} ≠ ${parts}`)
    if (step.reached !== view.enrolled) broken.push(`${step.step}: reached ${step.reached} of ${view.enrolled}`)
  }
  return broken
}
