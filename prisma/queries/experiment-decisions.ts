import type { KeptDecision } from '../../domain/experiment/because-again.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export type DecisionAction = 'reported' | 'promoted' | 'stoppedArm' | 'withdrawn'

export interface DecisionRow {
  campaign: number
  number: number
  run: number | null
  at: Date
  actor: string
  /** What the experiment was, so that a changed one is decided anew. */
  experiment: string
  state: string
  arm: string | null
  because: string
  action: DecisionAction
  frozen: unknown
}

/** With what its sentence was made from, to say it in another language. */
export type ListedDecision = Omit<DecisionRow, 'frozen'> & KeptDecision

const columns = sql`campaign, number, run, at, actor, experiment, state, arm, because, action, frozen`

export const listDecisions = (db: Queryable, campaign: number) =>
  db.rows<ListedDecision>(
    sql`SELECT campaign, number, run, at, actor, experiment, state, arm, because, action, frozen -> 'evidence' AS evidence, frozen -> 'guardrail' AS guardrail FROM experiment_decision WHERE campaign = ${campaign} ORDER BY number`,
  )

export const findDecision = (db: Queryable, campaign: number, number: number) =>
  db.row<DecisionRow>(sql`SELECT ${columns} FROM experiment_decision WHERE campaign = ${campaign} AND number = ${number}`)

/** Keeps a decision under the campaign's next number. The caller holds the campaign's row. */
export const insertDecision = async (tx: Queryable, decision: Omit<DecisionRow, 'number'>): Promise<number> =>
  (
    await tx.row<{ number: number }>(sql`
      INSERT INTO experiment_decision (${columns})
      SELECT ${decision.campaign}::int, coalesce(max(number), 0) + 1, ${decision.run}::int, ${decision.at}::timestamptz, ${decision.actor}::text,
        ${decision.experiment}::text, ${decision.state}::text, ${decision.arm}::text, ${decision.because}::text, ${decision.action}::text, ${JSON.stringify(decision.frozen)}::jsonb
      FROM experiment_decision WHERE campaign = ${decision.campaign} RETURNING number`)
  )?.number ?? 0

/** The decision that stands about this experiment: made, not withdrawn, and not for an arm that a guardrail has stopped since. */
export function standingDecision<Row extends Pick<DecisionRow, 'experiment' | 'state' | 'arm' | 'action'>>(
  decisions: readonly Row[],
  experiment: string,
): Row | undefined {
  const mine = decisions.filter(row => row.experiment === experiment)
  const last = mine.findLast(row => row.action !== 'stoppedArm')
  if (!last || last.action === 'withdrawn') return undefined
  const since = mine.slice(mine.indexOf(last) + 1)
  return since.some(row => row.arm === last.arm) ? undefined : last
}
