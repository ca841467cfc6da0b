import { expectedPurchases, pAlive } from './bgnbd.ts'
import { expectedSpend } from './gamma-gamma.ts'
import { type Health, type HealthPart, health } from './health.ts'
import { type Lifecycle, lifecycleStage } from './lifecycle.ts'
import type { Reason } from './result.ts'
import { type ScoreModel, scoreByCuts } from './score-model.ts'

/** What is known of one customer when they are scored. */
export interface ScoreFacts {
  /** Distinct purchase days up to the day of the model, ascending, as day numbers, and what was spent on each. */
  days: readonly number[]
  spends: readonly number[]
  orders: number
  /** Events in the last 30 days, and in the 30 before; null when never seen. */
  engagement: { recent: number; before: number } | null
  subscription: string | null
  /** The latest answers. */
  nps: number | null
  csat: number | null
}

/** All scores of one customer, with what they rest on. */
export interface CustomerScore {
  lifecycle: Lifecycle
  rfm: { recency: number; frequency: number; monetary: number; recencyDays: number; orders: number; spend: number } | null
  health: Health
  churn: { risk: number; reason: null } | { risk: null; reason: Reason }
  /** Purchases within the horizon, and what each is worth; null where no model stands. */
  expected: { purchases: number | null; spend: number | null }
  superHealthy: boolean
  engagement: ScoreFacts['engagement']
  nps: number | null
  csat: number | null
}

export function scoreCustomer(facts: ScoreFacts, model: ScoreModel): CustomerScore {
  const lifecycle = lifecycleStage(facts.days, model.asOfDay, model.pooledGap)
  const { churn, expected } = outlook(facts, model)
  return {
    lifecycle,
    rfm: rfmOf(facts, model),
    health: health(partsOf(facts, lifecycle, model)),
    churn,
    expected,
    superHealthy: isSuperHealthy(facts, model),
    engagement: facts.engagement,
    nps: facts.nps,
    csat: facts.csat,
  }
}

function rfmOf({ days, spends, orders }: ScoreFacts, { rfm, asOfDay }: ScoreModel): CustomerScore['rfm'] {
  const last = days.at(-1)
  if (last === undefined) return null
  // Sums of money in doubles depend on their order in the last digits; ties must not.
  const spend = Math.round(spends.reduce((sum, each) => sum + each, 0) * 1e6) / 1e6
  return {
    recency: scoreByCuts(rfm.recency, last - asOfDay),
    frequency: scoreByCuts(rfm.frequency, orders),
    monetary: scoreByCuts(rfm.monetary, spend),
    recencyDays: asOfDay - last,
    orders,
    spend,
  }
}

/** Each part from 0 to 100, null where nothing is known. */
function partsOf(facts: ScoreFacts, lifecycle: Lifecycle, { settings }: ScoreModel): HealthPart[] {
  const scores: Record<keyof typeof settings.health, number | null> = {
    // What was done in the last 30 days beside the 30 before: as much or more is full marks.
    engagement: facts.engagement && Math.min(100, (100 * facts.engagement.recent) / Math.max(1, facts.engagement.before)),
    // Silence beside the customer's own usual gap: full marks up to it, none from three of them on.
    rhythm: lifecycle.stage === null ? null : Math.min(100, Math.max(0, 100 * (1.5 - lifecycle.days / lifecycle.gap / 2))),
    subscription: facts.subscription === null ? null : ({ active: 100, trialing: 70 }[facts.subscription] ?? 0),
    nps: facts.nps === null ? null : facts.nps * 10,
    csat: facts.csat === null ? null : (facts.csat - 1) * 25,
  }
  return Object.entries(scores).map(([name, score]) => ({
    name,
    weight: settings.health[name as keyof typeof settings.health],
    score,
  }))
}

/** Engagement that rises, a promoter's answer, and a satisfied one: all three. */
const isSuperHealthy = ({ engagement, nps, csat }: ScoreFacts, { settings }: ScoreModel): boolean =>
  engagement !== null &&
  engagement.recent > engagement.before &&
  nps !== null &&
  nps >= 9 &&
  (csat ?? 0) >= settings.satisfiedFrom

/** BG/NBD and Gamma-Gamma on this customer. After one purchase the model knows no way to leave: that is said, not shown as safety. */
function outlook({ days, spends }: ScoreFacts, model: ScoreModel): Pick<CustomerScore, 'churn' | 'expected'> {
  const { purchases, spend, asOfDay, settings } = model
  const none = (reason: Reason) => ({ churn: { risk: null, reason }, expected: { purchases: null, spend: null } }) as const
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return none('no_orders')
  if (purchases.params === null) return none(purchases.reason)
  const history = { x: days.length - 1, tx: (last - first) / 7, T: (asOfDay - first) / 7 }
  const alive = pAlive(purchases.params, history)
  const next = expectedPurchases(purchases.params, history, settings.horizonDays / 7)
  const repeats = spends.slice(1)
  const mean = repeats.reduce((sum, each) => sum + each, 0) / Math.max(1, repeats.length)
  const known =
    spend.params === null ? null : expectedSpend(spend.params, mean > 0 ? { x: repeats.length, m: mean } : { x: 0, m: 0 })
  const expected = { purchases: next.value, spend: known?.value ?? null }
  if (history.x === 0) return { churn: { risk: null, reason: 'no_repeat' }, expected }
  return {
    churn: alive.value === null ? { risk: null, reason: alive.reason } : { risk: 1 - alive.value, reason: null },
    expected,
  }
}
