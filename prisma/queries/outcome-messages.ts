import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { oneOf, type Population, populationOf } from './outcomes.ts'

/** What left the house, whatever became of it afterwards. */
const left = raw(`m.accepted_at IS NOT NULL`)

export interface FunnelRow {
  version: number
  step: number
  arm: string
  reached: number
  sent: number
  delivered: number
  opened: number
  clicked: number
  /** Enrollments whose message was complained about. */
  complaints: number[][] | null
}

/** What became of the messages of each step, by arm; who has clicked has opened, who has opened was reached. */
export const funnelOf = (tx: Queryable, runs: readonly number[]) =>
  tx.rows<FunnelRow>(sql`
    SELECT version, step, coalesce(variant, 'all') AS arm, sum(n)::int AS reached, sum(accepted)::int AS sent,
      sum(CASE WHEN status IN ('delivered', 'opened', 'clicked') THEN n ELSE arrived END)::int AS delivered,
      sum(CASE WHEN status IN ('opened', 'clicked') THEN n ELSE seen END)::int AS opened, sum(CASE WHEN status = 'clicked' THEN n ELSE clicks END)::int AS clicked,
      json_agg(complained) FILTER (WHERE status = 'complained') AS complaints
    FROM (SELECT m.version, m.step, m.variant, m.status, count(*) AS n, count(m.accepted_at) AS accepted, count(coalesce(m.delivered_at, m.opened_at, m.clicked_at, m.replied_at)) AS arrived,
        count(coalesce(m.opened_at, m.clicked_at)) AS seen, count(m.clicked_at) AS clicks, array_agg(m.enrollment) FILTER (WHERE m.status = 'complained') AS complained
      FROM message m WHERE ${oneOf(raw('m.run'), runs)} GROUP BY 1, 2, 3, 4) each GROUP BY 1, 2, 3`)

/**
 * How many of each arm a message has left for. Where only one step has sent anything and nobody has a second stay, the funnel has
 * counted them already.
 */
export async function exposedOf(
  tx: Queryable,
  population: Population,
  funnel: readonly FunnelRow[],
  moved: number,
): Promise<{ arm: string; n: number }[]> {
  const sending = funnel.filter(row => row.sent > 0)
  const oneStep = new Set(sending.map(row => `${row.version}/${row.step}`)).size === 1
  if (oneStep && moved === 0 && !population.reenters && !population.who)
    return sending.map(row => ({ arm: row.arm, n: row.sent }))
  return await tx.rows<{ arm: string; n: number }>(sql`
    SELECT p.arm, count(*) AS n FROM (${populationOf(population)}) p
    WHERE EXISTS (SELECT 1 FROM message m WHERE m.enrollment = p.id AND m.run = ANY(${[...population.runs]}::int[]) AND ${left}) GROUP BY 1`)
}

export interface GuardrailRow {
  arm: string
  kind: 'unsubscribes' | 'complaints'
  n: number
  matured: number
}

/** Customers of each arm who unsubscribed a channel while they were watched. */
export const unsubscribesOf = (tx: Queryable, population: Population, since: Date) =>
  tx.rows<GuardrailRow>(
    counted(
      'unsubscribes',
      sql`(${populationOf(population)}) p JOIN consent_change k ON k.customer = p.customer AND k.status = 'unsubscribed' AND k.at > ${since} AND k.at > p.entered_at AND k.at <= p.entered_at + p.span AND k.at <= ${population.at}`,
    ),
  )

/** Customers of each arm who complained about a message of these runs; `funnel` knows whom to look up. */
export async function complaintsOf(tx: Queryable, population: Population, funnel: readonly FunnelRow[]): Promise<GuardrailRow[]> {
  const enrollments = funnel.flatMap(row => row.complaints?.flat() ?? [])
  if (enrollments.length === 0) return []
  return await tx.rows<GuardrailRow>(counted('complaints', sql`(${populationOf({ ...population, enrollments })}) p`))
}

const counted = (kind: string, from: Sql): Sql =>
  sql`SELECT p.arm, ${kind}::text AS kind, count(DISTINCT p.id) AS n, count(DISTINCT p.id) FILTER (WHERE p.entered_at <= p.cutoff) AS matured FROM ${from} GROUP BY 1`
