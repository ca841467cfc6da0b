import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { lockCustomers } from './profiles.ts'

/** Something a customer said about a channel, or about one topic of it (empty: the whole channel). */
export interface ConsentSaid {
  customer: number
  channel: string
  topic: string
  status: 'subscribed' | 'unsubscribed'
  source: string
  /** What was shown, where: kept with the change. What brings evidence is recorded even when it says nothing new. */
  evidence?: unknown
  at: Date
}

/**
 * Records what customers said. A change gets a row of its own for good; what holds is the newest by the time it was said, so that
 * what arrives late undoes nothing; of two words in the same instant the forbidding one counts. Saying the same again changes nothing. Runs in a transaction.
 */
export async function recordConsents(tx: Queryable, said: readonly ConsentSaid[]): Promise<void> {
  if (said.length === 0) return
  await lockCustomers(tx, [...new Set(said.map(each => each.customer))])
  const rows = said.map(({ evidence, ...each }, order) => ({ ...each, evidence: evidence ?? null, order }))
  await tx.run(sql`
    WITH input AS (
      SELECT i.*, i.evidence IS NOT NULL OR i.status IS DISTINCT FROM
               coalesce(lag(i.status) OVER (PARTITION BY i.customer, i.channel, i.topic ORDER BY i.at, i."order"), k.status) AS told
      FROM json_to_recordset(${JSON.stringify(rows)}::json)
        AS i (customer int, channel text, topic text, status text, source text, evidence jsonb, at timestamptz(3), "order" int)
      LEFT JOIN consent k USING (customer, channel, topic)
    ), repeated AS (
      -- The newest word counts as said again, or an older one that arrives later would outweigh it.
      SELECT i.customer, i.channel, i.topic, max(i.at) AS at FROM input i JOIN consent k USING (customer, channel, topic, status) GROUP BY 1, 2, 3
    ), renewed AS (
      UPDATE consent k SET at = r.at FROM repeated r
      WHERE k.customer = r.customer AND k.channel = r.channel AND k.topic = r.topic AND k.at < r.at
        AND NOT EXISTS (SELECT 1 FROM input i WHERE i.customer = r.customer AND i.channel = r.channel AND i.topic = r.topic AND i.told)
    ), change AS (
      INSERT INTO consent_change (customer, channel, topic, status, source, evidence, at)
      SELECT customer, channel, topic, status, source, evidence, at FROM input WHERE told ORDER BY customer, channel, topic, at, "order"
      RETURNING id, customer, channel, topic, status, source, at
    )
    INSERT INTO consent (customer, channel, topic, status, source, at, change)
    SELECT DISTINCT ON (customer, channel, topic) customer, channel, topic, status, source, at, id FROM change
    ORDER BY customer, channel, topic, at DESC, status DESC, id DESC
    ON CONFLICT (customer, channel, topic) DO UPDATE
      SET status = excluded.status, source = excluded.source, at = excluded.at, change = excluded.change
      WHERE consent.at < excluded.at OR (consent.at = excluded.at AND (excluded.status = 'unsubscribed' OR consent.status = 'subscribed'))`)
}

/** What holds for one customer now. */
export const consentsOf = (
  db: Queryable,
  customer: number,
): Promise<{ channel: string; topic: string; status: string; source: string; at: Date }[]> =>
  db.rows(sql`SELECT channel, topic, status, source, at FROM consent WHERE customer = ${customer} ORDER BY channel, topic`)
