import { clv } from '../metric/clv.ts'
import { orderMetrics } from '../metric/orders.ts'
import type { Result } from '../metric/result.ts'
import { churn, crr } from '../metric/retention.ts'
import type { ArmOutcome } from './arm.ts'
import { type Comparison, compare, type DecisionPlan } from './compare.ts'
import { type FixedHorizon, fixedHorizon } from './fixed-horizon.ts'

/**
 * What a group of customers did and bought in three windows of one length that follow each other: `earlier`, `before` and `after`. Active
 * is who did what the report asks for, an order unless it says another event. Those who bought nothing count as zero.
 */
export interface Buyers {
  group: string
  customers: number
  activeEarlier: number
  activeBefore: number
  activeAfter: number
  /** Active in the first of two windows, and in the second too. */
  keptBefore: number
  keptAfter: number
  buyersBefore: number
  buyersAfter: number
  repeatersBefore: number
  repeatersAfter: number
  revenueBefore: number
  revenueAfter: number
  /** Σ of squared deviations of revenue after from its mean over all customers of the group. */
  squaresAfter: number
  /** Revenue after, of those active before, of those active after, and of those active in both. */
  revenueOfActiveBefore: number
  revenueOfActive: number
  revenueOfKept: number
}

/** CRR, churn, repeat rate in percent; CLV by `revenueLifespan` in money: revenue per active customer and window ÷ churn. */
export interface RetentionMetrics {
  crr: Result
  churn: Result
  repeatRate: Result
  clv: Result
  revenuePerCustomer: Result
}

interface OneWindow {
  start: number
  kept: number
  end: number
  buyers: number
  repeaters: number
  revenue: number
  customers: number
}

function metricsOf(window: OneWindow): RetentionMetrics {
  const { start, kept, end, buyers, repeaters, revenue, customers } = window
  const lost = churn({ start, lost: start - kept })
  const orders = orderMetrics({ customers: buyers, repeaters, orders: buyers + repeaters })
  const lifetime: Result =
    lost.value === null
      ? lost
      : end === 0
        ? { value: null, reason: 'no_orders' }
        : clv({ definition: 'revenueLifespan', revenuePerPeriod: Math.max(0, revenue) / end, churn: lost.value / 100 })
  return {
    crr: crr({ start, arrived: end - kept, end }),
    churn: lost,
    repeatRate: orders.repeatRate,
    clv: { value: lifetime.value, reason: lifetime.reason } as Result,
    revenuePerCustomer:
      customers === 0 ? { value: null, reason: 'no_customers_at_start' } : { value: revenue / customers, reason: null },
  }
}

/** The window before and the one after, side by side. */
export const beforeAndAfter = (b: Buyers) => ({
  before: metricsOf({
    start: b.activeEarlier,
    kept: b.keptBefore,
    end: b.activeBefore,
    buyers: b.buyersBefore,
    repeaters: b.repeatersBefore,
    revenue: b.revenueBefore,
    customers: b.customers,
  }),
  after: metricsOf({
    start: b.activeBefore,
    kept: b.keptAfter,
    end: b.activeAfter,
    buyers: b.buyersAfter,
    repeaters: b.repeatersAfter,
    revenue: b.revenueAfter,
    customers: b.customers,
  }),
})

export interface RetentionComparison {
  metric: 'crr' | 'churn' | 'repeatRate' | 'active' | 'revenuePerCustomer' | 'clv'
  /** A fraction for rates, money for revenue: the first group minus the other. */
  difference: number | null
  interval: Comparison['interval']
  relative: Comparison['relative']
  p: number | null
  method: Comparison['method']
  fixed: FixedHorizon
  note: string
}

/**
 * CLV of the window after, with its variance for one customer by the delta method: Y·S / (A·L), for revenue Y, those active before S, those
 * active after A and those lost L. The share that each customer has in its logarithm is y/Y + s/S − a/A − l/L. Nobody where it is not defined.
 */
function clvOutcome(b: Buyers): ArmOutcome {
  const { customers: n, revenueAfter: y, activeBefore: s, activeAfter: a, keptAfter } = b
  const lost = s - keptAfter
  if (!(y > 0 && a > 0 && lost > 0)) return { key: b.group, kind: 'mean', n: 0, mean: 0, variance: 0 }
  const squares = b.squaresAfter + y ** 2 / n
  const ofLost = b.revenueOfActiveBefore - b.revenueOfKept
  const relative =
    squares / y ** 2 -
    1 / s +
    1 / a +
    1 / lost +
    (2 * b.revenueOfActiveBefore) / (y * s) -
    (2 * b.revenueOfActive) / (y * a) -
    (2 * ofLost) / (y * lost) -
    (2 * keptAfter) / (s * a)
  const mean = (y * s) / (a * lost)
  return { key: b.group, kind: 'mean', n, mean, variance: mean ** 2 * Math.max(0, relative) * n }
}

/**
 * The window after, one group against the other. Whoever was active before is the same in both groups but for chance; who buys
 * again among those who buy at all is not, so that the repeat rate is told as a share of everybody.
 */
export function retentionComparisons(mine: Buyers, other: Buyers, nStar: number, error: number): RetentionComparison[] {
  const plan = (measure: string, better: 'higher' | 'lower'): DecisionPlan => ({
    error,
    nStar,
    minimumEffect: 0,
    minimumDays: 0,
    better,
    method: 'asymptoticSequence',
    measure,
  })
  const share =
    (of: (b: Buyers) => number, among: (b: Buyers) => number) =>
    (b: Buyers): ArmOutcome => ({
      key: b.group,
      kind: 'proportion',
      n: among(b),
      successes: of(b),
    })
  const readings: [RetentionComparison['metric'], 'higher' | 'lower', (b: Buyers) => ArmOutcome, string][] = [
    [
      'crr',
      'higher',
      share(
        b => b.keptAfter,
        b => b.activeBefore,
      ),
      'of those active before',
    ],
    [
      'churn',
      'lower',
      share(
        b => b.activeBefore - b.keptAfter,
        b => b.activeBefore,
      ),
      'of those active before',
    ],
    [
      'active',
      'higher',
      share(
        b => b.activeAfter,
        b => b.customers,
      ),
      'active at least once, of everybody',
    ],
    [
      'repeatRate',
      'higher',
      share(
        b => b.repeatersAfter,
        b => b.customers,
      ),
      'bought at least twice, of everybody',
    ],
    [
      'revenuePerCustomer',
      'higher',
      b => ({
        key: b.group,
        kind: 'mean',
        n: b.customers,
        mean: b.customers === 0 ? 0 : b.revenueAfter / b.customers,
        variance: b.customers < 2 ? 0 : b.squaresAfter / (b.customers - 1),
      }),
      'everybody, those who bought nothing included',
    ],
    ['clv', 'higher', clvOutcome, 'revenue per active customer and window ÷ churn'],
  ]
  // CRR and churn are one question: each is what the other leaves.
  const alpha = error / (readings.length - 1)
  return readings.map(([metric, better, read, note]) => {
    const [one, two] = [read(mine), read(other)]
    const { difference, interval, relative, p, method } = compare(one, two, plan(metric, better), alpha)
    return { metric, difference, interval, relative, p, method, fixed: fixedHorizon(one, two, alpha), note }
  })
}
