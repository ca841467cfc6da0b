import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { type Population, populationOf } from './outcomes.ts'

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
}

/** What became of the messages of each step, by arm; who has clicked has opened, who has opened was reached. */
export const funnelOf = (tx: Queryable, runs: readonly number[]) =>
  tx.rows<FunnelRow>(sql`
    SELECT m.version, m.step, coalesce(m.variant, 'all') AS arm, count(*) AS reached, count(*) FILTER (WHERE ${left}) AS sent,
      count(*) FILTER (WHERE coalesce(m.delivered_at, m.opened_at, m.clicked_at, m.replied_at) IS NOT NULL OR m.status IN ('delivered', 'opened', 'clicked')) AS delivered,
      count(*) FILTER (WHERE coalesce(m.opened_at, m.clicked_at) IS NOT NULL OR m.status IN ('opened', 'clicked')) AS opened,
      count(*) FILTER (WHERE m.clicked_at IS NOT NULL OR m.status = 'clicked') AS clicked
    FROM message m WHERE m.run = ANY(${[...runs]}::int[]) GROUP BY 1, 2, 3`)

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

/** Customers of each arm who unsubscribed a channel, or complained about a message of these runs, while they were watched. */
export const guardrailsOf = (tx: Queryable, population: Population, since: Date) =>
  tx.rows<GuardrailRow>(sql`
    WITH p AS (${populationOf(population)}), gone AS (
      ${counted(
        'unsubscribes',
        sql`p JOIN consent_change k ON k.customer = p.customer AND k.status = 'unsubscribed' AND k.at > ${since} AND k.at > p.entered_at AND k.at <= p.entered_at + p.span AND k.at <= ${population.at}`,
      )}
    ), complained AS (
      ${counted('complaints', sql`p JOIN message m ON m.enrollment = p.id AND m.status = 'complained' AND m.run = ANY(${[...population.runs]}::int[])`)}
    )
    SELECT * FROM gone UNION ALL SELECT * FROM complained`)

const counted = (kind: string, from: Sql): Sql =>
  sql`SELECT p.arm, ${kind}::text AS kind, count(DISTINCT p.id) AS n, count(DISTINCT p.id) FILTER (WHERE p.entered_at <= p.cutoff) AS matured FROM ${from} GROUP BY 1`
