import type { DayCount } from './n-day.ts'
import type { OrderCounts } from './orders.ts'
import type { Unit, Window } from './periods.ts'

/** One row for everybody (`total`), and one for each group where a grouping was asked for; null is the group of those without. */
export type Grouped<Row> = Row & { group: string | null; total: boolean }

/** What makes a customer active at an instant: a paid subscription, or an event within a time before it. */
export type Active = { kind: 'subscription' } | { kind: 'event'; event: string; within: string }

export interface MovementCounts {
  start: number
  end: number
  new: number
  reactivated: number
  lostNet: number
  /** Gone at the end, or away at least once meanwhile. */
  lostGross: number
  /** Came and went within the window. */
  newLost: number
}

/** A sum of money in the currencies it came in: as it stands, and converted by the rates of the settings. */
export interface Money {
  raw: number
  converted: number
}

export interface Currencies {
  /** Each currency that occurs. */
  currencies: string[]
  /** Whether one of them has no rate. */
  unrated: boolean
}

export interface RecurringRevenue extends Currencies {
  customers: number
  start: Money
  kept: Money
  end: Money
}

export interface OrderTotals extends Currencies {
  customers: number
  repeaters: number
  orders: number
  revenue: Money
}

export interface SurveyCounts {
  /** Valid answers, one a customer: the latest. */
  n: number
  invalid: number
  high: number
  low: number
}

/** How a survey is read: which answers are valid, which are high and which low. */
export interface Survey {
  survey: 'nps' | 'csat'
  min: number
  max: number
  highFrom: number
  lowTo: number
}

export interface TrialCounts {
  ended: number
  leaked: number
  /** Not over yet, or within the grace: not known, never counted as lost. */
  running: number
  paid: number
  /** Of those that paid, who renewed since. */
  renewed: number
  /** Of those that paid, whose first renewal is not decided: neither renewed nor cancelled, and the term not known to be over. */
  renewing: number
}

export interface RenewalCounts {
  renewed: number
  cancelled: number
  pending: number
}

export interface ReasonCount {
  /** As it was given; null where none was. */
  reason: string | null
  customers: number
}

/** A column of a retention table: days (or periods) from–to after the cohort event; `to` null is without end. */
export interface Column {
  from: number
  to: number | null
}

export interface CohortQuery {
  window: Window
  cohortEvent: string | undefined
  returnEvent: string | undefined
  /** How time is counted: in days, or in calendar periods. */
  count: DayCount | Unit
  columns: readonly Column[]
  /** The period cohorts are gathered by; undefined: all in one. */
  label: Unit | undefined
}

/** One cohort, with a count for each column. Who has not lived through the whole column yet is not eligible. */
export interface CohortCounts {
  /** The period of the cohort event; '' where there is one cohort of all. */
  label: string
  size: number
  eligible: number[]
  retained: number[]
}

export interface LifeCount {
  /** Days. */
  time: number
  events: number
  censored: number
}

export interface RfmCount {
  recency: number
  frequency: number
  monetary: number
  customers: number
}

/** The purchase days of one customer, ascending, as day numbers. */
export interface PurchaseRow {
  group: string | null
  days: number[]
}

/** What the metrics ask of the stored facts. The segment, the grouping and what was known when are settled by whoever made it. */
export interface Facts {
  hasSubscriptions(): Promise<boolean>
  movement(window: Window, active: Active): Promise<Grouped<MovementCounts>[]>
  orders(window: Window): Promise<Grouped<OrderTotals>[]>
  /** The same without what they brought. */
  orderCounts(window: Window): Promise<Grouped<OrderCounts>[]>
  /** How many placed their first order in the window. */
  firstOrders(window: Window): Promise<Grouped<{ customers: number }>[]>
  recurring(window: Window): Promise<Grouped<RecurringRevenue>[]>
  survey(window: Window, survey: Survey): Promise<Grouped<SurveyCounts>[]>
  trials(window: Window, graceDays: number): Promise<Grouped<TrialCounts>[]>
  renewals(window: Window, graceMs: number): Promise<Grouped<RenewalCounts>[]>
  churnReasons(window: Window): Promise<Grouped<ReasonCount>[]>
  cohorts(query: CohortQuery): Promise<Grouped<CohortCounts>[]>
  rfm(window: Window, method: 'rank' | 'ntile'): Promise<Grouped<RfmCount>[]>
  /** Orders whose amount nobody can convert: their currency is another one and has no rate. */
  ordersWithoutRate(window: Window): Promise<number>
  /** Everybody's purchases until `asOf`, part by part. */
  purchases(): AsyncIterable<PurchaseRow[]>
  /** How often each gap between purchases occurs; `period` counts the `endDays` that were over when it closed. */
  gaps(endDays: readonly number[]): Promise<{ period: number; value: number; n: number }[]>
  lives(window: Window, until: 'churn' | 'secondOrder'): Promise<Grouped<LifeCount>[]>
}
