import type { z } from 'zod'
import type { Fault } from '../errors.ts'
import type { RuleContext } from '../segment/predicate-kind.ts'
import type { Sql } from '../sql.ts'

/** How a trigger's customers come to a run. */
export type Entry =
  /** All at once: the audience at one moment (now when `at` is null). */
  | { by: 'snapshot'; at: Date | null }
  /** One by one, as an event arrives. */
  | { by: 'event'; event: string; maxAge: string }
  /** As time passes: those whose line was crossed since the last sweep. */
  | { by: 'sweep'; existing: boolean }

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
  crossing?(trigger: T, from: Date, to: Date, context: RuleContext): Sql
  /** For events: a condition on the event's row `ev` beyond its name. */
  matches?(trigger: T): Sql
  check?(trigger: T, context: { segmentExists(key: string): boolean }): Fault[]
  /** False while the kind validates but does not run yet: a launch is refused. */
  runs: boolean
}
