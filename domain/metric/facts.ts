import type { DayCount } from './n-day.ts'
import type { Window } from './periods.ts'

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

/** What the metrics ask of the stored facts. The segment, the grouping and what was known when are settled by whoever made it. */
export interface Facts {
  hasSubscriptions(): Promise<boolean>
  movement(window: Window, active: Active): Promise<Grouped<MovementCounts>[]>
  orders(window: Window): Promise<Grouped<OrderTotals>[]>
}

export type { DayCount }
