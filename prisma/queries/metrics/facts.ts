import type { Facts } from '../../../domain/metric/facts.ts'
import { sql } from '../../../domain/sql.ts'
import type { Queryable } from '../../client.ts'
import type { CustomerRange } from '../customer-range.ts'
import type { Moment } from '../one-moment.ts'
import { movementCounts } from './activity.ts'
import { cohortCounts } from './cohorts.ts'
import { churnReasonCounts, renewalCounts, trialCounts } from './contracts.ts'
import { lifeCounts } from './lives.ts'
import { firstOrderCounts, orderCounts, ordersWithoutRate, orderTotals } from './orders.ts'
import type { Population } from './population.ts'
import { purchaseGaps, readPurchaseDays, rfmCounts } from './purchases.ts'
import { recurringRevenue } from './revenue.ts'
import { surveyCounts } from './surveys.ts'

/** What the queries of metrics share: a snapshot, whom it is about, what was known when, what money is worth. */
export interface Asking {
  tx: Moment
  population: Population
  eventId: (name: string) => number | undefined
  asOf: Date
  /** The reporting zone. */
  zone: string
  reporting: string
  rates: Readonly<Record<string, number>>
  /** All customers in parts to be read beside each other; default: by how many events they have. */
  parts?: readonly CustomerRange[]
  /** The zones whose days are told at once for all their customers; default: those that some of a sample have. */
  zones?: readonly string[]
}

/** The stored facts as metrics ask for them. */
export const factsOf = (asking: Asking): Facts => ({
  hasSubscriptions: async () =>
    (await asking.tx.row<{ any: boolean }>(sql`SELECT EXISTS (SELECT 1 FROM subscription) AS any`))?.any ?? false,
  movement: (window, active) => movementCounts(asking, window, active),
  orders: window => orderTotals(asking, window),
  orderCounts: window => orderCounts(asking, window),
  firstOrders: window => firstOrderCounts(asking, window),
  recurring: window => recurringRevenue(asking, window),
  survey: (window, survey) => surveyCounts(asking, window, survey),
  trials: (window, graceDays) => trialCounts(asking, window, graceDays),
  renewals: (window, graceMs) => renewalCounts(asking, window, graceMs),
  churnReasons: window => churnReasonCounts(asking, window),
  cohorts: query => cohortCounts(asking, query),
  rfm: (window, method) => rfmCounts(asking, window, method),
  ordersWithoutRate: window => ordersWithoutRate(asking, window),
  purchases: () => readPurchaseDays(asking),
  gaps: endDays => purchaseGaps(asking, endDays),
  lives: (window, until) => lifeCounts(asking, window, until),
})

/** When the first event happened, found by one look into the index for each name. */
export const firstEventAt = async (tx: Queryable): Promise<Date | undefined> =>
  (
    await tx.row<{ at: Date | null }>(
      sql`SELECT min((SELECT e.at FROM event e WHERE e.name = n.id ORDER BY e.at LIMIT 1)) AS at FROM event_name n`,
    )
  )?.at ?? undefined
