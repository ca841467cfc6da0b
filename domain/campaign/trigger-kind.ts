import type { z } from 'zod'
import type { Fault } from '../errors.ts'
import type { RuleContext } from '../segment/predicate-kind.ts'
import type { Sql } from '../sql.ts'

/** How a trigger's customers come to a run. */
export type Entry =
  /** All at once: the audience at one moment (now when `at` is null). */
  | { by: 'snapshot'; at: Date | null }
  /** All at once, again and again: the audience at each turn; null: there is none after that. */
  | { by: 'schedule'; next(after: Date): Date | null }
  /** One by one, as an event arrives. */
  | { by: 'event'; event: string; maxAge: string }
  /** As time passes: those whose line was crossed since the last sweep. */
  | { by: 'sweep'; existing: boolean }

/** One look at who crossed a line in (from, to]. */
export interface Sweep {
  run: number
  from: Date
  to: Date
  /** Nobody whose line lies before this is meant: the launch, or the beginning of time with `existing`. */
  since: Date
  context: RuleContext
  /** For triggers by local time: every zone customers have. Others stand in `defaultZone`. */
  zones: readonly string[]
  defaultZone: string
}

export interface TriggerKind<T extends { kind: string }> {
  kind: T['kind']
  schema: z.ZodType<T>
  entry(trigger: T): Entry
  /** A clause for people: "when a customer has been silent for 30 days". */
  describe(trigger: T): string
  /**
   * For sweeps: a query of `(customer, at)` of those who crossed the line in (from, to], by an index range, so that its
   * cost follows how many crossed and not how many there are.
   */
  crossing?(trigger: T, sweep: Sweep): Sql
  /** For sweeps: those who are past the line already, where that is not simply who crossed it ever. A query of `customer`. */
  past?(trigger: T, context: RuleContext): Sql
  /** For sweeps that must remember who stood where: a statement that runs at launch … */
  begin?(trigger: T, run: number, context: RuleContext): Sql
  /** … and one that runs before each crossing is asked. */
  remember?(trigger: T, sweep: Sweep): Sql
  /** Set when `crossing` reads `zones`. */
  byZone?: true
  /** For events: a condition on the event's row `ev` beyond its name. */
  matches?(trigger: T): Sql
  /** What tells why somebody has not entered (yet): a `jsonb` over the row `c` of `customer`. */
  facts?(trigger: T, context: RuleContext): Sql
  check?(trigger: T, context: { segmentExists(key: string): boolean }): Fault[]
  /** False while the kind validates but does not run yet: a launch is refused. */
  runs: boolean
}

/** How a run begins: whether it ends by itself, whether its workflow enrolls, whether it is `enrolling` until that is done. */
export interface Opening {
  finite: boolean
  snapshot: boolean
  enrolling: boolean
  sweptTo: Date | null
}

export function opening(entry: Entry, at: Date): Opening {
  if (entry.by === 'snapshot') return { finite: true, snapshot: true, enrolling: true, sweptTo: null }
  if (entry.by === 'schedule') return { finite: false, snapshot: true, enrolling: false, sweptTo: at }
  if (entry.by === 'event') return { finite: false, snapshot: false, enrolling: false, sweptTo: null }
  return { finite: false, snapshot: false, enrolling: false, sweptTo: entry.existing ? new Date(0) : at }
}
