import type { z } from 'zod'
import type { Fault } from '../errors.ts'
import type { Sql } from '../sql.ts'
import type { Texts } from '../texts/texts.ts'
import type { Counted } from './counted.ts'
import type { Rule } from './rule.ts'

/** Everything a rule may ask of one customer, in memory: what `holds` reads and the agreement test stores. */
export interface Profile {
  id: number
  externalId: string
  email: string | null
  phone: string | null
  firstName: string | null
  lastName: string | null
  timezone: string | null
  locale: string | null
  createdAt: Date
  attributes: Record<string, unknown>
  /** Whom a customer belongs to, and what is known of it. */
  account?: { key: string; traits: Record<string, unknown> } | null
  /** Track, page and screen calls; `value` is the money that counts in `event_stat.sum`. */
  events: readonly { name: string; at: Date; value: number | null; properties: Record<string, unknown> }[]
  subscription: {
    status: string
    plan: string | null
    mrr: number | null
    trialEndsAt: Date | null
    renewsAt: Date | null
  } | null
  consents: readonly { channel: string; topic: string; status: string }[]
  /** What became of messages: one entry for each thing that happened, at its own time. */
  messages: readonly { campaign: number; was: readonly string[]; at: Date }[]
  /** As of the last refresh; null where there was none for this customer. */
  scores: {
    lifecycle: string | null
    recency: number | null
    frequency: number | null
    monetary: number | null
    health: number | null
    churnRisk: number | null
    superHealthy: boolean
  } | null
}

/** What a rule is read against. `at` is the moment it is asked for: journey time, never the database's clock. */
export interface RuleContext {
  at: Date
  /** The rule of a saved segment, or undefined. */
  segment(key: string): Rule | undefined
  /** The number an event name is stored under, or undefined when no such event was ever seen. */
  eventId(name: string): number | undefined
  /** Set when only some customers are asked about (a wave): each is then looked up, instead of reading everybody's events once. */
  few?: boolean
  /** Set for a moment in the past: what happened after `at` is left out, at the price of reading events instead of their rollups. */
  rewind?: boolean
}

/** What decides an answer that only events change: how many of them count. */
export interface Recent {
  /** Which events, a condition over the row `e` of `event`. */
  events: Sql
  /** How long each of them counts, in milliseconds; null: for ever. */
  forMs: number | null
  /** What the answer is for so many; null where more than their number decides. */
  enough: ((count: Sql) => Sql) | null
}

/**
 * One kind of predicate with all its readings side by side. `Body` is the whole of it, its key included:
 * `{"event": "Login", "count": {"gte": 2}}`. `holds` and `where` must agree on every profile:
 * test/domain/segment/agreement.test.ts holds them to it against PostgreSQL.
 */
export interface PredicateKind<Body> {
  /** The key that names it in a rule: `attribute`, `event`, … */
  key: string
  schema: z.ZodType<Body>
  holds(body: Body, profile: Profile, context: RuleContext): boolean
  /** A condition over the row `c` of `customer` that is true or false, never unknown. */
  where(body: Body, context: RuleContext): Sql
  /** The same people as a query of `id`, each once, where that can be had without the table `customer`; for counting everybody. */
  ids?(body: Body, context: RuleContext): Sql | undefined
  /** The same as a question to the counts that are kept of one event, where those know the answer; several of one event are asked at once. */
  counted?(body: Body, context: RuleContext): Counted | undefined
  /** Set when `where` reads more of `c` than its id. */
  readsProfile?: true
  /**
   * Queries of `id` that hold everybody whose answer time alone may have changed in (from, to], where an index finds them. A kind
   * whose answer time alone can change has this or `next`.
   */
  crossed?(body: Body, span: { from: Date; to: Date }, context: RuleContext): readonly Sql[]
  /**
   * The counts of events that decide the answer together: where all events are known, as those of a past are, who crosses when can be
   * told beforehand. A kind whose answer events change has this, and so has one with `crossed`.
   */
  recent?(body: Body, context: RuleContext): readonly Recent[]
  /**
   * Moments of the row `c` after `context.at`, unknown where there is none, of which the first is the next at which time alone may
   * change the answer: for what no index finds.
   */
  next?(body: Body, context: RuleContext): readonly Sql[]
  /** A clause for people: "plan is "pro"". */
  describe(body: Body, texts: Texts): string
  /** Faults beyond the schema (a range that is empty, a path too deep); paths are relative to the predicate. */
  check?(body: Body): Fault[]
}
