import { type Sql, sql } from '../../../domain/sql.ts'

const activating = ['Trial Converted', 'Subscription Started', 'Subscription Renewed']
const ending = ['Subscription Cancelled', 'Trial Started']
const updating = 'Subscription Updated'
export const subscriptionEvents = [...activating, ...ending, updating]

/** The numbers of those of these events that were ever seen. */
export const idsOf = (eventId: (name: string) => number | undefined, names: readonly string[]): number[] =>
  names.flatMap(name => eventId(name) ?? [])

/**
 * What each subscription event before `to` told of its customer: `active` (paid; NULL where it changed nothing), `mrr` and
 * `currency` where it named them. The stored events are the history, so that those that come late find their place in it.
 */
export function statesUntil(eventId: (name: string) => number | undefined, to: Date): Sql {
  return sql`SELECT e.customer, e.at, e.id,
      CASE WHEN e.name = ANY(${idsOf(eventId, activating)}::int[]) THEN true
        WHEN e.name = ANY(${idsOf(eventId, ending)}::int[]) THEN false
        WHEN row_number() OVER (PARTITION BY e.customer ORDER BY e.at, e.id) = 1 THEN true END AS active,
      CASE WHEN jsonb_typeof(e.properties -> 'mrr') = 'number' THEN (e.properties ->> 'mrr')::float8 END AS mrr,
      nullif(upper(e.properties ->> 'currency'), '') AS currency
    FROM event e WHERE e.name = ANY(${idsOf(eventId, subscriptionEvents)}::int[]) AND e.at < ${to}::timestamptz`
}
