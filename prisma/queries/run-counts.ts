import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface EnrollmentCount {
  goal: string
  variant: string
  state: 'waiting' | 'moving' | 'ended'
  reason: string | null
  version: number
  step: number | null
  n: number
}

/** Everybody ever enrolled in a run, counted once each: all its identities are sums of these. */
export const enrollmentCounts = (db: Queryable, run: number) =>
  db.rows<EnrollmentCount>(sql`SELECT goal, variant, state, reason, version, step, count(*)::int AS n FROM enrollment WHERE run = ${run}
    GROUP BY goal, variant, state, reason, version, step`)

export interface MessageCount {
  version: number
  step: number
  status: string
  reason: string | null
  n: number
}

export const messageCounts = (db: Queryable, run: number) =>
  db.rows<MessageCount>(
    sql`SELECT version, step, status, reason, count(*)::int AS n FROM message WHERE run = ${run} GROUP BY version, step, status, reason`,
  )

export const passedCounts = (db: Queryable, run: number) =>
  db.rows<{ version: number; step: number; passed: number }>(
    sql`SELECT version, step, sum(passed)::bigint AS passed FROM step_count WHERE run = ${run} GROUP BY version, step`,
  )
