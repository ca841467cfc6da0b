import type { z } from 'zod'
import type { Fault } from '../errors.ts'
import type { RuleContext } from '../segment/predicate-kind.ts'
import type { Sql } from '../sql.ts'
import type { Texts } from '../texts/texts.ts'

/** How a trigger's customers come to a run. */
export type Entry =
  /** All at once: the audience at one moment (now when `at` is null). */
  | { by: 'snapshot'; at: Date | null }
  /** All at once, again and again: the audience at each turn; null: there is none after that. */
  | { by: 'schedule'; next(after: Date): Date | null }
  /** One by one, as an event arrives. */
  | { by: 'event'; event: string; maxAge: string }
  /** As time passes: those whose line was crossed since the last sweep; by the history of a segment, or the days of an attribute. */
  | { by: 'sweep'; existing: boolean; segment?: string; attribute?: string }

/** One look at who crossed a line in (from, to]. */
export interface Sweep {
  run: number
  from: Date
  to: Date
  /** Nobody whose line lies before this is meant: the launch, or the beginning of time with `existing`. */
  since: Date
  context: RuleContext
  /** For triggers by the days of an attribute: every zone there is among them, as written. What is none stands in `defaultZone`. */
  zones: readonly string[]
  defaultZone: string
  /** Where those days stand; by default in the table that is kept of them. */
  dates?: Sql
  /** For triggers by a segment's history: the changes after `after` (null: not known, by their times) up to `upTo`. */
  entries: { after: number | null; upTo: number }
}

export interface TriggerKind<T extends { kind: string }> {
  kind: T['kind']
  schema: z.ZodType<T>
  entry(trigger: T): Entry
  /** A clause for people: "when a customer has been silent for 30 days". */
  describe(trigger: T, texts: Texts): string
  /**
   * For sweeps: a query of `(customer, at)` of those who crossed the line in (from, to], by an index range, so that its
   * cost follows how many crossed and not how many there are.
   */
  crossing?(trigger: T, sweep: Sweep): Sql
  /** For sweeps: those who are past the line already, where the line itself does not tell. A query of `customer`. */
  past?(trigger: T, context: RuleContext): Sql
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
  /** The segment whose entries are waited for from now on. */
  entriesOf: string | null
}

export function opening(entry: Entry, at: Date): Opening {
  if (entry.by === 'snapshot') return { finite: true, snapshot: true, enrolling: true, sweptTo: null, entriesOf: null }
  if (entry.by === 'schedule') return { finite: false, snapshot: true, enrolling: false, sweptTo: at, entriesOf: null }
  if (entry.by === 'event') return { finite: false, snapshot: false, enrolling: false, sweptTo: null, entriesOf: null }
  const begins = { finite: false, snapshot: false, enrolling: false }
  // Whoever is in the segment already crossed its line before, unless they are asked for.
  return entry.existing
    ? { ...begins, sweptTo: new Date(0), entriesOf: null }
    : { ...begins, sweptTo: at, entriesOf: entry.segment ?? null }
}
