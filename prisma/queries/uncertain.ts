import type { Silence } from '../../domain/message/silence.ts'
import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import type { MessageRow } from './message-list.ts'
import { type Addressee, smsBefore } from './messages.ts'
import { wasSentAgain } from './send-again.ts'

/** Messages nobody knows the fate of go back into the queue. Answers which did. */
export const requeue = async (tx: Queryable, messages: readonly string[], evidence: unknown): Promise<string[]> =>
  (
    await tx.rows<{ id: string }>(sql`
      UPDATE message SET status = 'queued', evidence = ${JSON.stringify(evidence)}::jsonb WHERE id = ANY(${messages}::uuid[]) AND status = 'uncertain' RETURNING id`)
  ).map(row => row.id)

/** A send without a clear answer, and the person it was for as they are now. */
export interface Doubt extends Addressee {
  id: string
  phone: string | null
  run: number
  campaign: number
  version: number
  step: number
  variant: string | null
  channel: string
  status: 'uncertain' | 'held'
  attempt: string
  sendingAt: Date
  uncertainAt: Date
}

/** The oldest doubts, those given up on since `since` included. */
export const doubts = (db: Queryable, since: Date, atMost: number) =>
  db.rows<Doubt>(sql`
    SELECT m.id, m.run, r.campaign, m.version, m.step, m.variant, m.channel, m.status, m.attempt, m.sending_at AS "sendingAt",
      coalesce(m.uncertain_at, m.sending_at) AS "uncertainAt", m.enrollment, c.id AS customer, c.external_id AS "externalId", c.email, c.phone,
      c.first_name AS "firstName", c.last_name AS "lastName", c.timezone, c.locale, c.created_at AS "createdAt", c.attributes,
      n.name AS "eventName", ev.properties AS "eventProperties", ${smsBefore} AS "smsBefore"
    FROM message m JOIN run r ON r.id = m.run JOIN enrollment e ON e.id = m.enrollment JOIN customer c ON c.id = m.customer
    LEFT JOIN event ev ON ev.id = e.event LEFT JOIN event_name n ON n.id = ev.name
    WHERE m.uncertain_at IS NOT NULL AND m.status IN ('uncertain', 'held') AND m.sending_at > ${since} ORDER BY m.status DESC, m.sending_at LIMIT ${atMost}`)

/** Provider ids of other messages to the same number. */
export const idsTo = async (db: Queryable, phone: string, since: Date): Promise<string[]> =>
  (
    await db.rows<{ id: string }>(sql`
      SELECT m.provider_id AS id FROM customer c JOIN message m ON m.customer = c.id
      WHERE c.phone = ${phone} AND m.channel = 'sms' AND m.created_at > ${since} AND m.provider_id IS NOT NULL`)
  ).map(row => row.id)

/** The lowest time-ordered id of a moment: the ledger's key orders messages by when they were made. */
const idAt = (at: Date): string => {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

const sample = 200

/** Whether somebody has taken over any of these messages, which this attempt claimed. */
export const takenOver = async (db: Queryable, attempt: string, messages: readonly string[]): Promise<boolean> =>
  (await db.row(sql`SELECT 1 FROM message WHERE id = ANY(${[...messages]}::uuid[])
    AND (attempt IS DISTINCT FROM ${attempt}::uuid OR status IN ('uncertain', 'held', 'queued')) LIMIT 1`)) !== undefined

/** What a provider of e-mail has said about an attempt's messages, and about a sample of others accepted within `nearMs` of it and before `until`. */
export async function silenceAbout(
  db: Queryable,
  attempt: Pick<Doubt, 'run' | 'version' | 'step' | 'attempt' | 'sendingAt' | 'uncertainAt'>,
  around: { nearMs: number; until: Date },
): Promise<Omit<Silence, 'passedMs' | 'neededMs'>> {
  const from = new Date(attempt.sendingAt.getTime() - around.nearMs)
  const to = new Date(attempt.uncertainAt.getTime() + around.nearMs)
  // Made at most an hour before: a message that was put off for longer is not needed for a sample.
  const near = (low: Date, high: Date, accepted: Sql, order: Sql): Sql => sql`(
    SELECT id, accepted_at FROM message WHERE id >= ${idAt(low)}::uuid AND id < ${idAt(high)}::uuid AND channel = 'email' AND attempt <> ${attempt.attempt}::uuid
      AND accepted_at < ${around.until} AND ${accepted} AND status NOT IN ('queued', 'sending', 'uncertain', 'held', 'failed', 'skipped', 'deferred')
    ORDER BY id ${order} LIMIT ${sample})`
  const hourBefore = new Date(from.getTime() - 3_600_000)
  const before = near(hourBefore, to, sql`accepted_at >= ${from} AND accepted_at <= ${attempt.uncertainAt}`, raw('DESC'))
  const after = near(hourBefore, to, sql`accepted_at > ${attempt.uncertainAt} AND accepted_at < ${to}`, raw('DESC'))
  const row = await db.row<Omit<Silence, 'passedMs' | 'neededMs'>>(sql`
    WITH others AS (
      SELECT o.accepted_at, EXISTS (SELECT 1 FROM provider_event p WHERE p.message = o.id AND p.provider = 'sendgrid') AS heard
      FROM (${before} UNION ALL ${after}) o
    )
    SELECT
      (SELECT count(*)::int FROM message m WHERE m.run = ${attempt.run} AND m.version = ${attempt.version} AND m.step = ${attempt.step} AND m.attempt = ${attempt.attempt}::uuid
        AND (m.status NOT IN ('queued', 'sending', 'uncertain', 'held', 'failed') OR EXISTS (SELECT 1 FROM provider_event p WHERE p.message = m.id))) AS "batchHeard",
      count(*)::int AS others, (count(*) FILTER (WHERE heard))::int AS "othersHeard",
      (count(*) FILTER (WHERE heard AND accepted_at > ${attempt.uncertainAt}))::int AS "laterHeard"
    FROM others`)
  return row ?? { batchHeard: 0, others: 0, othersHeard: 0, laterHeard: 0 }
}

/** What settles a doubt: where its message goes, and why. */
export interface Settled {
  id: string
  as: 'accepted' | 'queued' | 'failed'
  providerId: string | null
  evidence: unknown
}

/**
 * Settles doubts that still stand, and lets customers go on who rest at them. One whose customer has gone on is never queued again:
 * what comes later in the journey has been said by then. Answers whom it settled, with the runs to ring.
 */
export async function settleDoubt(
  tx: Queryable,
  settled: readonly Settled[],
  at: Date,
): Promise<{ id: string; status: string; campaign: number; run: number }[]> {
  if (settled.length === 0) return []
  const rows = settled.map(({ id, as, providerId, evidence }) => ({ id, s: as, p: providerId, e: evidence }))
  const done = await tx.rows<{ id: string; status: string; enrollment: number; step: number; campaign: number; run: number }>(sql`
    UPDATE message m SET
      status = CASE WHEN n.s = 'queued' AND (m.status = 'held' OR e.state = 'ended' OR e.step IS DISTINCT FROM m.step AND e.state = 'waiting') THEN 'failed' ELSE n.s END::message_status, provider_id = coalesce(n.p, m.provider_id),
      evidence = n.e, accepted_at = CASE WHEN n.s = 'accepted' THEN coalesce(m.accepted_at, m.sending_at) ELSE m.accepted_at END
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS n (id uuid, s text, p text, e jsonb), run r, enrollment e
    WHERE m.id = n.id AND r.id = m.run AND e.id = m.enrollment AND m.status IN ('uncertain', 'held')
    RETURNING m.id, m.status, m.enrollment, m.step, r.campaign, m.run`)
  if (done.length > 0)
    await tx.run(sql`
      UPDATE enrollment e SET due = least(e.due, ${at}) FROM unnest(${done.map(row => row.enrollment)}::bigint[], ${done.map(row => row.step)}::int[]) AS d (id, step)
      WHERE e.id = d.id AND e.step = d.step AND e.state = 'waiting' AND NOT e.awaiting`)
  return done
}

/**
 * What a stay that has ended meanwhile left behind: nobody comes by to see to it. A send that was never settled becomes uncertain,
 * and what stays uncertain for twice as long as others is held, as is what a person had sent again in vain.
 */
export async function settleLeft(db: Queryable, at: Date, keepMs: number): Promise<void> {
  const evidence = { why: 'the stay ended while it was being sent, and no answer was stored' }
  // Longer than any worker may work on it.
  const since = new Date(at.getTime() - Math.max(keepMs, 600_000))
  const ofAttempt = sql`m.run = a.run AND m.version = a.version AND m.step = a.step AND m.attempt = a.id AND m.status = 'sending'`
  await db.run(sql`UPDATE message SET status = 'uncertain', uncertain_at = ${at}, evidence = ${JSON.stringify(evidence)}::jsonb
    WHERE id IN (SELECT m.id FROM send_attempt a JOIN message m ON ${ofAttempt} JOIN enrollment e ON e.id = m.enrollment WHERE a.at < ${since} AND e.state = 'ended')
      AND status = 'sending'`)
  await db.run(sql`DELETE FROM send_attempt a WHERE a.at < ${since} AND NOT EXISTS (SELECT 1 FROM message m WHERE ${ofAttempt})`)
  await db.run(sql`UPDATE message m SET status = 'held' FROM enrollment e
    WHERE e.id = m.enrollment AND m.status = 'uncertain' AND m.uncertain_at < ${new Date(at.getTime() - 2 * keepMs)}
      AND (e.state = 'ended' OR ${wasSentAgain})`)
}

/** The next messages, by id, that a provider of these channels accepted more than six hours ago and has said nothing final about in three days. */
export const unfinished = (db: Queryable, channels: readonly string[], at: Date, after: string | null) =>
  db.rows<{ id: string; channel: string; providerId: string }>(sql`
    SELECT id, channel, provider_id AS "providerId" FROM message
    WHERE id > ${after ?? idAt(new Date(at.getTime() - 3 * 86_400_000))}::uuid AND channel = ANY(${[...channels]}::text[]) AND status = 'accepted'
      AND provider_id IS NOT NULL AND accepted_at < ${new Date(at.getTime() - 6 * 3_600_000)} ORDER BY id LIMIT 500`)

/** Messages of all campaigns, newest first; by id where `id` is given. */
export const ledgerPage = (
  db: Queryable,
  filter: { status?: string | undefined; channel?: string | undefined; id?: string; before?: string | undefined; limit: number },
) =>
  db.rows<MessageRow & { campaign: number; run: number; stepId: string | null; uncertainAt: Date | null }>(sql`
    SELECT m.id, c.external_id AS customer, r.campaign, m.run, m.version, m.step, v.program #>> ARRAY['steps', m.step::text, 'id'] AS "stepId", m.channel, m.class, m.variant,
      m.status, m.reason, m.evidence, m.deferred_until AS "deferredUntil", m.created_at AS "createdAt", m.accepted_at AS "acceptedAt", m.delivered_at AS "deliveredAt",
      m.opened_at AS "openedAt", m.clicked_at AS "clickedAt", m.provider_id AS "providerId", m.segments, m.uncertain_at AS "uncertainAt"
    FROM message m JOIN run r ON r.id = m.run JOIN customer c ON c.id = m.customer JOIN campaign_version v ON v.campaign = r.campaign AND v.version = m.version
    WHERE ${filter.status === 'uncertain' || filter.status === 'held' ? raw('m.uncertain_at IS NOT NULL AND') : raw('')} (${filter.id ?? null}::uuid IS NULL OR m.id = ${filter.id ?? null}::uuid) AND (${filter.before ?? null}::uuid IS NULL OR m.id < ${filter.before ?? null}::uuid)
      ${filter.status === undefined ? raw('') : sql`AND m.status = ${filter.status}::message_status`}
      ${filter.channel === undefined ? raw('') : sql`AND m.channel = ${filter.channel}`}
    ORDER BY m.id DESC LIMIT ${filter.limit}`)
