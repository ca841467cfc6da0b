/** Sample customers with a year behind them: the same ones for everybody, told relative to `now` (Unix milliseconds). */

const day = 86_400_000
export const demoSize = 1_200
export const demoId = (i: number): string => `demo-${String(i + 1).padStart(4, '0')}`

const first =
  'Astrid Ben Clara David Elif Farid Greta Hugo Ines Jonas Karin Luca Maja Nils Olga Pablo Rosa Sami Tove Umar Vera Will Yara Zoe'
const last =
  'Andersson Berg Costa Dahl Eriksen Fischer Garcia Holm Ivanova Jansen Khan Larsson Meyer Novak Olsen Petit Rossi Silva'
const places = [
  ['SE', 'Europe/Stockholm'],
  ['DE', 'Europe/Berlin'],
  ['GB', 'Europe/London'],
  ['US', 'America/New_York'],
  ['US', 'America/Los_Angeles'],
  ['ES', 'Europe/Madrid'],
] as const
const plans = [
  ['starter', 12],
  ['pro', 29],
  ['team', 79],
] as const
const categories = ['tea', 'coffee', 'seeds', 'pots', 'tools'] as const
const reasons = ['too expensive', 'not used enough', 'missing a feature', 'moved to another'] as const

/** Numbers in [0, 1) that come the same way for the same seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export type DemoCall = { type: 'identify' | 'track'; userId: string; messageId: string; timestamp: string } & Record<
  string,
  unknown
>

const pick = <T>(list: readonly T[], roll: number): T => list[Math.floor(roll * list.length)] as T

/** What was heard of one sample customer: who they are, what they bought, what they pay, what they said. */
export function demoHistory(i: number, now: number): DemoCall[] {
  const roll = dice(i * 7_919 + 11)
  const userId = demoId(i)
  const firstName = pick(first.split(' '), roll())
  const lastName = pick(last.split(' '), roll())
  const [country, timezone] = pick(places, roll())
  const [plan, mrr] = pick(plans, roll() ** 1.6)
  const since = now - (3 + roll() * 360) * day
  const calls: DemoCall[] = []
  const at = (time: number) => new Date(Math.min(time, now - 60_000)).toISOString()
  const track = (event: string, time: number, properties: Record<string, unknown> = {}) =>
    calls.push({ type: 'track', userId, messageId: `${userId}-${calls.length}`, timestamp: at(time), event, properties })
  calls.push({
    type: 'identify',
    userId,
    messageId: `${userId}-who`,
    timestamp: at(since),
    traits: {
      firstName,
      lastName,
      email: `${firstName}.${lastName}.${i + 1}@example.com`.toLowerCase(),
      timezone,
      locale: country === 'SE' ? 'sv-SE' : 'en',
      createdAt: at(since),
      country,
      plan,
      // The numbers that Sweden keeps for films and books.
      ...(i < 95 ? { phone: `+4670174${String(605 + i).padStart(4, '0')}`, consents: { sms: 'subscribed' } } : {}),
    },
  })
  orders(track, roll, since, now)
  if (roll() < 0.45) subscription(track, roll, since, now, plan, mrr)
  else if (roll() < 0.15)
    track('Trial Started', now - roll() * 10 * day, { plan, trialEndsAt: new Date(now + (1 + roll() * 12) * day).toISOString() })
  if (roll() < 0.3)
    track('Survey Answered', now - roll() * 60 * day, { survey: 'nps', score: Math.min(10, Math.floor(roll() ** 0.5 * 11)) })
  return calls
}

type Track = (event: string, time: number, properties?: Record<string, unknown>) => void

/** People buy in a rhythm of their own, and some fall silent for good. */
function orders(track: Track, roll: () => number, since: number, now: number): void {
  const gap = 12 + roll() * 50
  const stays = roll() < 0.55
  let time = since + roll() * 3 * day
  for (let n = 0; time < now && n < 20; n++) {
    track('Product Viewed', time - 3_600_000, { category: pick(categories, roll()) })
    track('Order Completed', time, {
      orderId: `o-${Math.round(time / 1000)}-${Math.floor(roll() * 1e6)}`,
      revenue: Math.round((14 + roll() ** 2 * 120) * 100) / 100,
      currency: 'EUR',
      category: pick(categories, roll()),
    })
    if (!stays && roll() < 0.42) return
    time += gap * (0.5 + roll()) * day
  }
}

function subscription(track: Track, roll: () => number, since: number, now: number, plan: string, mrr: number): void {
  track('Subscription Started', since, { plan, mrr, currency: 'EUR', renewsAt: new Date(now + roll() * 30 * day).toISOString() })
  if (roll() < 0.15) track('Subscription Updated', since + 40 * day, { plan: 'team', mrr: 79, currency: 'EUR' })
  const end = since + (30 + roll() * 500) * day
  if (end < now) track('Subscription Cancelled', end, { plan, reason: pick(reasons, roll()) })
}
