import type { ScopeCustomer, ScopeRewards } from '../../domain/message/scope.ts'
import { forOthers, raw, type Sql, seldom, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { violates } from '../violates.ts'
import { arrayOf, column, columns } from './columns.ts'
import type { WaveRef } from './enrollments.ts'

/** Whom a message is for: what addresses it and what its text may read of them. */
export interface Addressee extends ScopeCustomer {
  enrollment: number
  customer: number
  timezone: string | null
  eventName?: string | null
  eventProperties?: Record<string, unknown> | null
  /** Has had a marketing SMS before this one. */
  smsBefore: boolean
  /** Set for letters that read it. */
  rewards?: ScopeRewards
}

/** One customer at a message step: who they are, what forbids it, and what the ledger already says. */
export interface Recipient extends Addressee {
  variant: string | null
  consents: { topic: string; status: 'subscribed' | 'unsubscribed'; at: string; source: string }[] | null
  /** Why the stay ends before the step, where it does. */
  leaves: string | null
  message: string | null
  status: string | null
  uncertainAt: Date | null
  /** How many counted messages stand in each cap's window, in the order the caps were asked. */
  capCounts: number[] | null
}

/** A frequency cap as a count: messages of these channels since a time. */
export interface CapWindow {
  channels: readonly string[]
  since: Date
}

/** How many messages of the customer `c` stand in each cap's window. */
export const counted = (caps: readonly CapWindow[]): Sql =>
  caps.length === 0
    ? raw('NULL::int[]')
    : sql`ARRAY[${caps.reduce<Sql | null>((all, cap) => {
        const one = sql`(SELECT count(*)::int FROM message x WHERE x.customer = c.id AND x.created_at > ${new Date(cap.since.getTime() - 30 * 86_400_000)} AND x.channel = ANY(${cap.channels}::text[])
            AND coalesce(x.accepted_at, x.sending_at) > ${cap.since} AND x.status NOT IN ('skipped', 'deferred', 'queued', 'failed'))`
        return all ? sql`${all}, ${one}` : one
      }, null)}]`

/** Whether the customer `c` has had a marketing SMS before the message `m`. */
export const smsBefore =
  raw(`EXISTS (SELECT 1 FROM message x WHERE x.customer = c.id AND x.channel = 'sms' AND x.class = 'marketing' AND x.id IS DISTINCT FROM m.id
  AND (m.sending_at IS NULL OR x.sending_at < m.sending_at) AND x.status NOT IN ('skipped', 'deferred', 'queued', 'failed'))`)

/** A message step as its recipients are asked for. */
export interface RecipientStep {
  step: number
  channel: string
  class: string
  topic: string | null
  /** Whether a letter of the step reads a name of the scope, or a field of the customer: what none reads is not fetched. */
  reads(name: string, field?: string): boolean
}

const profile = {
  externalId: 'c.external_id',
  email: 'c.email',
  phone: 'c.phone',
  firstName: 'c.first_name',
  lastName: 'c.last_name',
  locale: 'c.locale',
  createdAt: 'c.created_at',
  attributes: 'c.attributes',
}

/** What of the profile travels: what the channel and the letter need, as everybody's pays for it. */
function profileOf({ channel, reads }: RecipientStep): Sql {
  const needed: readonly string[] = channel === 'sms' ? ['phone', 'locale', 'attributes'] : channel === 'email' ? ['email'] : []
  const fields = Object.entries(profile).filter(([field]) => needed.includes(field) || reads('customer', field))
  return raw(fields.map(([field, column]) => `${column} AS "${field}", `).join(''))
}

/**
 * Everybody of a wave at a message step, with all that the verdict rests on, in one statement; `leaves` says why a stay ends
 * instead.
 */
export function recipients(
  tx: Queryable,
  wave: WaveRef,
  step: RecipientStep,
  caps: readonly CapWindow[],
  leaves: Sql | null,
): Promise<Recipient[]> {
  const consents =
    step.class === 'transactional'
      ? raw('NULL')
      : sql`(SELECT jsonb_agg(jsonb_build_object('topic', k.topic, 'status', k.status, 'at', k.at, 'source', k.source)) FROM consent k
        WHERE k.customer = c.id AND k.channel = ${step.channel} AND k.topic = ANY(${['', step.topic ?? '']}::text[]))`
  const event = step.reads('event')
  return tx.rows<Recipient>(sql`
    SELECT e.id AS enrollment, c.id AS customer, c.timezone, ${profileOf(step)}e.variant, ${consents} AS consents,
      ${event ? raw('n.name AS "eventName", ev.properties AS "eventProperties", ') : raw('')}${leaves ?? raw('NULL')} AS leaves,
      m.id AS message, m.status, m.uncertain_at AS "uncertainAt", ${step.channel === 'sms' ? smsBefore : raw('true')} AS "smsBefore", ${counted(caps)} AS "capCounts"
    FROM enrollment e JOIN customer c ON c.id = e.customer
    LEFT JOIN message m ON m.enrollment = e.id AND m.step = ${step.step}
    ${event ? raw('LEFT JOIN event ev ON ev.id = e.event LEFT JOIN event_name n ON n.id = ev.name') : raw('')}
    WHERE e.run = ${wave.run} AND e.wave = ${wave.wave} AND e.state = 'moving' ORDER BY e.id`)
}

/** Holds the wave's customers against another campaign's claim, so that two together cannot break a cap between them. */
export const lockCustomers = (tx: Queryable, wave: WaveRef) =>
  tx.run(
    forOthers(
      sql`SELECT 1 FROM customer WHERE id IN (SELECT customer FROM enrollment e WHERE e.run = ${wave.run} AND e.wave = ${wave.wave} AND e.state = 'moving') ORDER BY id FOR NO KEY UPDATE`,
    ),
  )

/** The keyed hashes among these that are suppressed on a channel, with the reason. */
export const suppressedAmong = (tx: Queryable, channel: string, addresses: readonly Buffer[]) =>
  tx.rows<{ address: Buffer; reason: string; at: Date }>(
    sql`SELECT address, reason, at FROM suppression WHERE channel = ${channel} AND address = ANY(${addresses}::bytea[])`,
  )

export const anySuppressed = async (tx: Queryable, channel: string): Promise<boolean> =>
  (await tx.row(seldom('suppression', sql`SELECT 1 FROM suppression WHERE channel = ${channel} LIMIT 1`))) !== undefined

/** One line of the ledger as a verdict leaves it, before anything leaves the house. */
export interface LedgerLine {
  id: string
  enrollment: number
  customer: number
  variant: string | null
  status: 'sending' | 'skipped' | 'deferred'
  reason: string | null
  evidence: unknown
  deferredUntil: Date | null
  /** In the reporting currency; null where nothing is sent. */
  cost: number | null
}

export interface LedgerStep {
  run: number
  version: number
  step: number
  channel: string
  class: string
  topic: string | null
  /** Names this attempt: only its holder may settle what it claimed. */
  attempt: string
  at: Date
}

/**
 * Writes the verdicts and claims what is to be sent, in one statement. A line that stands already is taken up again only
 * when it was queued or deferred; answers the ids that this attempt now holds. Where nobody is said to have a line at the step yet
 * (`fresh`), that is trusted, which writes each row once and not first as a guess: one that stands nevertheless ends the transaction
 * (`isLineThere` of its error), before anything has left.
 */
export async function writeLedger(
  tx: Queryable,
  step: LedgerStep,
  lines: readonly LedgerLine[],
  { fresh }: { fresh: boolean },
): Promise<ReadonlySet<string> | 'all'> {
  const l = columns({
    id: column('uuid', lines, line => line.id),
    enrollment: column('bigint', lines, line => line.enrollment),
    customer: column('int', lines, line => line.customer),
    variant: column('text', lines, line => line.variant),
    status: column('text', lines, line => line.status),
    reason: column('text', lines, line => line.reason),
    evidence: column('text', lines, line => (line.evidence === null ? null : JSON.stringify(line.evidence))),
    deferredUntil: column('timestamptz', lines, line => line.deferredUntil?.toISOString() ?? null),
    cost: column('float8', lines, line => line.cost),
  })
  const toSend = sql`${l.of.status} = 'sending'`
  const insert = sql`
    INSERT INTO message AS m (id, run, enrollment, customer, version, step, channel, class, topic, variant, status, reason, evidence, deferred_until, attempt, attempts, created_at, sending_at, cost)
    SELECT ${l.of.id}, ${step.run}::int, ${l.of.enrollment}, ${l.of.customer}, ${step.version}::int, ${step.step}::int, ${step.channel}::text, ${step.class}::text, ${step.topic}::text, ${l.of.variant},
      ${l.of.status}::message_status, ${l.of.reason}, ${l.of.evidence}::jsonb, ${l.of.deferredUntil}, ${step.attempt}::uuid, CASE WHEN ${toSend} THEN 1 ELSE 0 END, ${step.at}::timestamptz,
      CASE WHEN ${toSend} THEN ${step.at}::timestamptz END, ${l.of.cost}
    FROM ${l.table}`
  if (fresh) {
    await tx.run(insert)
    return 'all'
  }
  const written = await tx.row<{ sending: number }>(sql`
    WITH written AS (
      ${insert}
      ON CONFLICT (enrollment, step) DO UPDATE SET status = excluded.status, reason = excluded.reason, evidence = excluded.evidence, deferred_until = excluded.deferred_until,
        attempt = excluded.attempt, attempts = m.attempts + excluded.attempts, sending_at = excluded.sending_at, cost = excluded.cost
      WHERE m.status IN ('queued', 'deferred') AND m.id = excluded.id
      RETURNING m.status
    ) SELECT count(*) FILTER (WHERE status = 'sending')::int AS sending FROM written`)
  const sending = lines.filter(line => line.status === 'sending')
  if (written?.sending === sending.length) return 'all'
  const held = await tx.rows<{ id: string }>(
    sql`SELECT id FROM message WHERE id = ANY(${sending.map(line => line.id)}::uuid[]) AND attempt = ${step.attempt}::uuid AND status = 'sending'`,
  )
  return new Set(held.map(row => row.id))
}

/** Whether a transaction ended because a line that it trusted to be the first of its step was not. */
export const isLineThere = (error: unknown): boolean => violates(error, 'message_enrollment_step_key')

/** Notes that an attempt is under way: should nobody come back from it, its messages are found by this. */
export const openAttempt = (
  tx: Queryable,
  { attempt, run, version, step }: { attempt: string; run: number; version: number; step: number },
  at: Date,
) =>
  tx.run(
    forOthers(sql`INSERT INTO send_attempt (id, run, version, step, at) VALUES (${attempt}, ${run}, ${version}, ${step}, ${at})`),
  )

export const closeAttempt = (tx: Queryable, attempt: string) =>
  tx.run(forOthers(sql`DELETE FROM send_attempt WHERE id = ${attempt}::uuid`))

/** What an earlier attempt claimed and never settled may or may not have left: it is uncertain, and never sent blindly again. */
export const doubt = (tx: Queryable, messages: readonly string[], evidence: unknown, at: Date) =>
  tx.run(
    sql`UPDATE message SET status = 'uncertain', uncertain_at = ${at}, evidence = ${JSON.stringify(evidence)}::jsonb WHERE id = ANY(${messages}::uuid[]) AND status = 'sending'`,
  )

export const hold = (tx: Queryable, messages: readonly string[]) =>
  tx.run(sql`UPDATE message SET status = 'held' WHERE id = ANY(${messages}::uuid[]) AND status = 'uncertain'`)

/** A whole batch was accepted: the common case, in the cheapest form. News that overtook us keeps its place. */
export const settleAccepted = (
  tx: Queryable,
  attempt: string,
  messages: readonly string[],
  providerId: string | null,
  at: Date,
) =>
  tx.run(sql`UPDATE message SET status = CASE WHEN status IN ('sending', 'uncertain', 'held') THEN 'accepted' ELSE status END, accepted_at = coalesce(accepted_at, ${at}),
      provider_id = coalesce(${providerId}, provider_id),
      evidence = CASE WHEN status IN ('sending', 'uncertain', 'held') THEN NULL ELSE evidence END, reason = NULL
    WHERE id = ANY(${arrayOf('uuid', messages)}) AND attempt = ${attempt}`)

export interface Settlement {
  id: string
  status: 'accepted' | 'failed' | 'queued' | 'uncertain'
  providerId: string | null
  segments: number | null
  reason: string | null
  evidence: unknown
}

/** What became of each message of an attempt, one by one. */
export const settleEach = (tx: Queryable, attempt: string, settlements: readonly Settlement[], at: Date) =>
  tx.run(sql`UPDATE message m SET
      status = CASE WHEN m.status IN ('sending', 'uncertain', 'held') THEN s.status::message_status ELSE m.status END,
      accepted_at = CASE WHEN s.status = 'accepted' THEN coalesce(m.accepted_at, ${at}) ELSE m.accepted_at END,
      provider_id = coalesce(s.provider_id, m.provider_id), segments = coalesce(s.segments, m.segments), reason = s.reason,
      uncertain_at = CASE WHEN s.status = 'uncertain' THEN ${at}::timestamptz ELSE m.uncertain_at END, evidence = s.evidence::jsonb
    FROM unnest(${settlements.map(s => s.id)}::uuid[], ${settlements.map(s => s.status)}::text[], ${settlements.map(s => s.providerId)}::text[],
      ${settlements.map(s => s.segments)}::int[], ${settlements.map(s => s.reason)}::text[],
      ${settlements.map(s => (s.evidence === null ? null : JSON.stringify(s.evidence)))}::text[]) AS s(id, status, provider_id, segments, reason, evidence)
    WHERE m.id = s.id AND m.attempt = ${attempt}`)
