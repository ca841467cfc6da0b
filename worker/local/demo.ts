import { setTimeout as sleep } from 'node:timers/promises'
import { demoCampaign, demoDraft, demoSegments } from './demo-campaigns.ts'
import { type DemoCall, demoHistory, demoId, demoSize } from './demo-people.ts'

export interface DemoOptions {
  url: string
  key: string
  log: (line: string) => void
  /** Customers to make. */
  size?: number
}

interface Page<Item> {
  data: Item[]
}
interface Letter {
  message: string
  customer: string | null
  channel: string
  variant: string | null
  at: string
}

const tickMs = 1_000
/** How long after a start new carts are left every second; later, now and then. */
const livelyMs = 20 * 60_000

/**
 * Sample data on the first start of an empty installation, and sample customers who read and buy as long as it runs. It speaks
 * to the API like anybody else, and only plays customers it has made itself. Whatever fails is tried again: a demo stops nobody.
 */
export function startDemo(options: DemoOptions): { stop: () => Promise<void> } {
  const ending = new AbortController()
  const running = live(options, ending.signal).catch(() => {})
  return {
    stop: async () => {
      ending.abort()
      await running
    },
  }
}

async function live(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const ask = asker(options, signal)
  const campaign = await prepare(ask, options)
  if (campaign === undefined) return
  const began = Date.now()
  const met = new Set<string>()
  const later: { at: number; run: () => Promise<unknown> }[] = []
  for (let tick = 0; !signal.aborted; tick++) {
    try {
      const now = Date.now()
      if (now - began < livelyMs || tick % 30 === 0) await leaveCarts(ask, tick, options.size ?? demoSize)
      for (const letter of (await ask<Page<Letter>>('GET', '/v1/outbox?limit=100')).data) {
        if (met.has(letter.message) || !letter.customer?.startsWith('demo-') || letter.channel === 'inApp') continue
        met.add(letter.message)
        if (Date.parse(letter.at) > began - 60_000) later.push(...reader(ask, letter, now))
      }
      if (met.size > 20_000) met.clear()
      const due = later.filter(each => each.at <= now)
      for (const each of due) {
        later.splice(later.indexOf(each), 1)
        await each.run()
      }
    } catch {
      await sleep(3 * tickMs, undefined, { signal }).catch(() => {})
    }
    await sleep(tickMs, undefined, { signal }).catch(() => {})
  }
}

type Ask = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>

const asker =
  ({ url, key }: DemoOptions, signal: AbortSignal): Ask =>
  async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`)
    return text ? JSON.parse(text) : undefined
  }

/** The demo's campaign: made with all that belongs to it on an empty installation, found again on later starts, else undefined. */
async function prepare(ask: Ask, { log, size = demoSize }: DemoOptions): Promise<string | undefined> {
  const campaigns = await ask<Page<{ id: string; name: string; status: string }>>('GET', '/v1/campaigns?limit=500')
  const standing = campaigns.data.find(each => each.name === demoCampaign.name)
  if (standing) return standing.status === 'draft' ? launch(ask, standing.id) : standing.id
  const customers = await ask<Page<{ externalId: string }>>('GET', '/v1/customers?limit=1')
  // Whose customers these are is not for a demo to mix with.
  if (campaigns.data.length > 0 || customers.data.some(each => !each.externalId.startsWith('demo-'))) return undefined

  const now = Date.now()
  let batch: DemoCall[] = []
  const send = async () => {
    if (batch.length > 0) await ask('POST', '/v1/batch', { batch })
    batch = []
  }
  for (let i = 0; i < size; i++) {
    const calls = demoHistory(i, now)
    if (batch.length + calls.length > 1_000) await send()
    batch.push(...calls)
  }
  await send()
  const settings = await ask<{ postalAddress: string }>('GET', '/v1/settings')
  if (settings.postalAddress === '')
    await ask('PUT', '/v1/settings', { ...settings, postalAddress: '12 Garden Row, 111 22 Stockholm' })
  for (const segment of demoSegments) await ask('POST', '/v1/segments', segment).catch(() => {})
  await ask('POST', '/v1/campaigns', demoDraft)
  const { id } = await ask<{ id: string }>('POST', '/v1/campaigns', demoCampaign)
  await launch(ask, id)
  log(`  Demo         ${size} sample customers, and a campaign that runs (DEMO=0 for none)`)
  return id
}

async function launch(ask: Ask, id: string): Promise<string> {
  await ask('POST', `/v1/campaigns/${id}/launch`)
  return id
}

/** A few carts are left; some of these people would have come back anyway. */
async function leaveCarts(ask: Ask, tick: number, size: number): Promise<void> {
  const batch: object[] = []
  for (let n = 0; n < 2; n++) {
    const userId = demoId((tick * 2 + n * 401 + Math.floor(Math.random() * 50)) % size)
    batch.push({
      type: 'track',
      userId,
      event: 'Cart Abandoned',
      properties: { items: 1 + Math.floor(Math.random() * 4), total: 20 + Math.floor(Math.random() * 80) },
    })
    if (Math.random() < 0.12) setTimeout(() => void buy(ask, userId).catch(() => {}), 8_000 + Math.random() * 30_000).unref()
  }
  await ask('POST', '/v1/batch', { batch })
}

const buy = (ask: Ask, userId: string) =>
  ask('POST', '/v1/track', {
    userId,
    event: 'Order Completed',
    properties: {
      orderId: `demo-${Date.now()}-${Math.floor(Math.random() * 1e6)}`,
      revenue: Math.round((15 + Math.random() * 90) * 100) / 100,
      currency: 'EUR',
    },
  })

/** What the reader of a letter does with it, and when: the offer is followed a little more often. */
function reader(ask: Ask, letter: Letter, now: number): { at: number; run: () => Promise<unknown> }[] {
  const play = (did: string) => () => ask('POST', `/v1/outbox/${letter.message}/played`, { did })
  const roll = Math.random()
  if (roll < 0.01) return [{ at: now + 1_500, run: play('bounced') }]
  const plan = [{ at: now + 1_000, run: play('delivered') }]
  if (Math.random() > 0.66) return plan
  const opened = now + 2_000 + Math.random() * 5_000
  plan.push({ at: opened, run: play('opened') })
  if (Math.random() > (letter.variant === 'offer' ? 0.62 : 0.45)) return plan
  const clicked = opened + 1_000 + Math.random() * 4_000
  plan.push({ at: clicked, run: play('clicked') })
  if (Math.random() < 0.55) plan.push({ at: clicked + 2_000 + Math.random() * 8_000, run: () => buy(ask, letter.customer ?? '') })
  return plan
}
