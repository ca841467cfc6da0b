import { join, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface MessageRow {
  id: string
  customer: string
  version: number
  step: number
  channel: string
  class: string
  variant: string | null
  status: string
  reason: string | null
  evidence: unknown
  deferredUntil: Date | null
  createdAt: Date
  acceptedAt: Date | null
  deliveredAt: Date | null
  openedAt: Date | null
  clickedAt: Date | null
  providerId: string | null
  segments: number | null
}

const columns = sql`m.id, c.external_id AS customer, m.version, m.step, m.channel, m.class, m.variant, m.status, m.reason, m.evidence, m.deferred_until AS "deferredUntil",
  m.created_at AS "createdAt", m.accepted_at AS "acceptedAt", m.delivered_at AS "deliveredAt", m.opened_at AS "openedAt", m.clicked_at AS "clickedAt",
  m.provider_id AS "providerId", m.segments`

/** The ledger of some runs, newest first. `steps` are (version, step) pairs. */
export function listMessages(
  db: Queryable,
  filter: {
    runs: readonly number[]
    status: string | undefined
    steps: readonly { version: number; step: number }[] | undefined
    before: string | undefined
    limit: number
  },
): Promise<MessageRow[]> {
  const where: Sql[] = [sql`m.run = ANY(${filter.runs}::int[])`]
  if (filter.status !== undefined) where.push(sql`m.status = ${filter.status}::message_status`)
  if (filter.steps) {
    const pairs = filter.steps.map(pair => sql`(m.version = ${pair.version} AND m.step = ${pair.step})`)
    where.push(sql`(${join(pairs, ' OR ', raw('false'))})`)
  }
  if (filter.before !== undefined) where.push(sql`m.id < ${filter.before}::uuid`)
  return db.rows<MessageRow>(
    sql`SELECT ${columns} FROM message m JOIN customer c ON c.id = m.customer WHERE ${join(where, ' AND ')} ORDER BY m.id DESC LIMIT ${filter.limit}`,
  )
}

/** The ledger of one customer's stays, oldest first. */
export const messagesOf = (db: Queryable, enrollments: readonly number[]) =>
  db.rows<
    MessageRow & { enrollment: number; sendingAt: Date | null }
  >(sql`SELECT ${columns}, m.enrollment, m.sending_at AS "sendingAt" FROM message m JOIN customer c ON c.id = m.customer
    WHERE m.enrollment = ANY(${enrollments}::bigint[]) ORDER BY m.created_at, m.id`)

export interface StayRow {
  id: number
  run: number
  goal: string
  variant: string
  assigned: string | null
  version: number
  state: 'waiting' | 'moving' | 'ended'
  step: number | null
  due: Date | null
  awaiting: boolean
  enteredAt: Date
  endedAt: Date | null
  reason: string | null
  eventName: string | null
  eventAt: Date | null
}

/** Every stay of a customer in a campaign, newest first. */
export const staysOf = (db: Queryable, campaign: number, customer: number) =>
  db.rows<StayRow>(sql`SELECT e.id, e.run, e.goal, e.variant, e.assigned, e.version, e.state, e.step, e.due, e.awaiting, e.entered_at AS "enteredAt", e.ended_at AS "endedAt", e.reason,
      n.name AS "eventName", ev.at AS "eventAt"
    FROM enrollment e JOIN run r ON r.id = e.run LEFT JOIN event ev ON ev.id = e.event LEFT JOIN event_name n ON n.id = ev.name
    WHERE r.campaign = ${campaign} AND e.customer = ${customer} ORDER BY e.id DESC`)

export const decisionsOf = (db: Queryable, enrollments: readonly number[]) =>
  db.rows<{
    enrollment: number
    kind: string
    step: number | null
    outcome: string
    reason: string | null
    facts: Record<string, unknown>
    at: Date
  }>(
    sql`SELECT enrollment, kind, step, outcome, reason, facts, at FROM decision WHERE enrollment = ANY(${enrollments}::bigint[]) ORDER BY id`,
  )
