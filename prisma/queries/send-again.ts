import { raw, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { type CapWindow, counted, type Recipient, smsBefore } from './messages.ts'

/**
 * Puts a held message into the queue again because a person says so, and keeps who, when and what was known of the first attempt.
 * False when it is not held (any more).
 */
export async function askAgain(tx: Queryable, asked: { message: string; actor: string; at: Date }): Promise<boolean> {
  const { message, actor, at } = asked
  return (
    (await tx.run(sql`
      WITH held AS (
        SELECT id, jsonb_strip_nulls(jsonb_build_object('status', status, 'attempt', attempt, 'sendingAt', sending_at, 'evidence', evidence)) AS before
        FROM message WHERE id = ${message}::uuid AND status = 'held' FOR UPDATE
      ), queued AS (
        UPDATE message m SET status = 'queued', reason = NULL,
          evidence = jsonb_build_object('because', 'a person had it sent again', 'by', ${actor}::text, 'first', h.before) FROM held h WHERE m.id = h.id
      )
      INSERT INTO send_again (message, asked_at, actor, before, due) SELECT id, ${at}, ${actor}, before, ${at} FROM held`)) > 0
  )
}

/** A message to be sent again, and the person it is for as they are now. */
export interface Again extends Recipient {
  message: string
  status: string
  sendingAt: Date | null
  run: number
  campaign: number
  version: number
  step: number
  channel: 'email' | 'sms' | 'inApp'
}

/** Messages to be sent again by now, oldest first. */
export const dueAgain = async (
  db: Queryable,
  at: Date,
  atMost: number,
): Promise<{ message: string; campaign: number; version: number; step: number }[]> =>
  db.rows(sql`
    SELECT s.message, r.campaign, m.version, m.step FROM send_again s JOIN message m ON m.id = s.message JOIN run r ON r.id = m.run
    WHERE s.done_at IS NULL AND s.due <= ${at} ORDER BY s.asked_at LIMIT ${atMost}`)

/** One of them with all that its verdict rests on, held until the transaction ends; undefined when another worker has it. */
export const takeAgain = (tx: Queryable, message: string, caps: readonly CapWindow[], topic: string | null) =>
  tx.row<Again>(sql`
    SELECT m.id AS message, m.status, m.sending_at AS "sendingAt", m.run, r.campaign, m.version, m.step, m.channel, m.variant, m.uncertain_at AS "uncertainAt",
      m.enrollment, c.id AS customer, c.external_id AS "externalId", c.email, c.phone, c.first_name AS "firstName", c.last_name AS "lastName", c.timezone, c.locale,
      c.created_at AS "createdAt", c.attributes, n.name AS "eventName", ev.properties AS "eventProperties", NULL AS leaves,
      (SELECT jsonb_agg(jsonb_build_object('topic', k.topic, 'status', k.status, 'at', k.at, 'source', k.source)) FROM consent k
        WHERE k.customer = c.id AND k.channel = m.channel AND k.topic = ANY(${['', topic ?? '']}::text[])) AS consents,
      ${smsBefore} AS "smsBefore", ${counted(caps)} AS "capCounts"
    FROM send_again s JOIN message m ON m.id = s.message JOIN run r ON r.id = m.run JOIN enrollment e ON e.id = m.enrollment JOIN customer c ON c.id = m.customer
    LEFT JOIN event ev ON ev.id = e.event LEFT JOIN event_name n ON n.id = ev.name
    WHERE s.message = ${message}::uuid AND s.done_at IS NULL FOR UPDATE OF s SKIP LOCKED`)

/** Holds a customer against other claims, so that no cap is broken between them. */
export const lockCustomerOf = (tx: Queryable, message: string) =>
  tx.run(sql`SELECT 1 FROM customer WHERE id = (SELECT customer FROM message WHERE id = ${message}::uuid) FOR NO KEY UPDATE`)

export const putOff = (tx: Queryable, message: string, due: Date) =>
  tx.run(sql`UPDATE send_again SET due = ${due} WHERE message = ${message}::uuid AND done_at IS NULL`)

/** It has been dealt with, or there is nothing left to do. */
export const doneAgain = (tx: Queryable, message: string, at: Date) =>
  tx.run(sql`UPDATE send_again SET done_at = ${at} WHERE message = ${message}::uuid AND done_at IS NULL`)

/** The table's word that this message was sent again by a person: nobody comes by to see to it. */
export const wasSentAgain = raw('EXISTS (SELECT 1 FROM send_again s WHERE s.message = m.id)')
