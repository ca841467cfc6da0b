import type { Experiment } from '../../domain/campaign/campaign.ts'
import { holdoutKey } from '../../domain/experiment/assign.ts'
import { guardrailsOf } from '../../domain/experiment/guardrails.ts'
import { decisionIn, judge, withoutArms } from '../../domain/experiment/judge.ts'
import { experimentKey } from '../../domain/experiment/measure.ts'
import { srmLimit } from '../../domain/experiment/srm.ts'
import { campaignIds } from '../../domain/ids.ts'
import { sql } from '../../domain/sql.ts'
import { type Texts, textsIn } from '../../domain/texts/texts.ts'
import type { Db, Queryable } from '../client.ts'
import { recordAudit } from './audit.ts'
import { type DecisionAction, insertDecision, listDecisions, standingDecision } from './experiment-decisions.ts'
import { atOneMoment } from './one-moment.ts'
import { editionsOf, measureFor, type Outcomes, readOutcomes, runsWithReviews, sharing } from './outcome-read.ts'

export interface ReviewRequest {
  campaign: number
  at: Date
  actor: string
  currencies: { reporting: string; rates: Readonly<Record<string, number>> }
  /** What the answer is said in; what is kept is English, and the facts beside it say it in any language. */
  texts?: Texts
}

/** What a review found and what followed from it. */
export interface Reviewed {
  state: 'noExperiment' | 'winner' | 'noDifference' | 'keepRunning' | 'invalid'
  arm?: string
  because: string
  /** What this review wrote down: nothing where a decision stood already or none could be made. */
  actions: { action: DecisionAction; number: number; arm: string | null }[]
}

/**
 * Judges the running experiment of a campaign on its own metric and acts on it: a decision is kept with the numbers it rested on,
 * the winner promoted where the author said so, an arm beyond a guardrail stopped where asked, and a decision withdrawn when the
 * sample ratio turns out to be broken. Done twice it has been done once.
 */
export async function reviewCampaign(db: Db, request: ReviewRequest): Promise<Reviewed> {
  const found = await atOneMoment(db, tx => look(tx, request))
  if (!found) return { state: 'noExperiment', because: (request.texts ?? textsIn.en).decision.runsNoExperiment, actions: [] }
  return await db.transaction(tx => act(tx, request, found))
}

interface Look {
  run: number
  version: number
  promoted: boolean
  experiment: Experiment
  definition: string
  outcomes: Outcomes
  judgement: ReturnType<typeof judge>
}

async function look(tx: Queryable, request: ReviewRequest): Promise<Look | null> {
  const runs = await runsWithReviews(tx, request.campaign)
  const last = runs.at(-1)
  if (!last) return null
  const editions = await editionsOf(tx, request.campaign, Math.max(...runs.map(run => run.version)))
  const experiment = editions.at(-1)?.document.experiment
  if (!experiment) return null
  const measure = await measureFor(tx, experiment.metric.kind, editions, {})
  if ('missing' in measure) return null
  // What was changed meanwhile began anew: earlier entrants were drawn for another question.
  const version = editions.at(-1)?.version ?? last.version
  const versions = sharing(editions, version)
  const { at, currencies } = request
  const outcomes = await readOutcomes(tx, {
    runs,
    editions,
    measure,
    at,
    currencies,
    whole: true,
    ...(versions.length === editions.length ? {} : { versions }),
  })
  return {
    run: last.id,
    version,
    promoted: runs.some(run => run.promoted !== null),
    experiment,
    definition: measure.definition,
    outcomes,
    judgement: judge(outcomes.evidence),
  }
}

async function act(tx: Queryable, request: ReviewRequest, found: Look): Promise<Reviewed> {
  const { campaign } = request
  // Every entry holds its run's row: from here on nobody enters under the old arms.
  await tx.run(sql`SELECT 1 FROM run WHERE campaign = ${campaign} ORDER BY id FOR UPDATE`)
  await begin(tx, found)
  const actions: Reviewed['actions'] = []
  const stopped = await stopBreaching(tx, request, found, actions)
  const evidence = withoutArms(found.outcomes.evidence, stopped)
  const left = stopped.length === 0 ? found : { ...found, outcomes: { ...found.outcomes, evidence }, judgement: judge(evidence) }
  await settle(tx, request, left, actions)
  const { decision } = left.judgement
  const { because } = decisionIn(evidence, request.texts ?? textsIn.en)
  return { state: decision.state, ...('arm' in decision ? { arm: decision.arm } : {}), because, actions }
}

interface Kept {
  state: string
  arm: string | null
  because: string
  action: DecisionAction
}

/** Writes a decision down with the numbers it rested on, and into the audit. */
async function keep(
  tx: Queryable,
  request: ReviewRequest,
  found: Look,
  kept: Kept,
  more: object = {},
): Promise<Reviewed['actions'][number]> {
  const { campaign, at, actor } = request
  const { state, arm, action } = kept
  const frozen = { ...frozenInputs(request, found), ...more }
  const number = await insertDecision(tx, {
    campaign,
    run: null,
    at,
    actor,
    experiment: experimentKey(found.experiment),
    ...kept,
    frozen,
  })
  await recordAudit(tx, {
    at,
    actor,
    action: `experiment.${action}`,
    target: campaignIds.show(campaign),
    facts: { decision: number, state, arm },
  })
  return { action, number, arm }
}

/** Stops the arms that are surely beyond a guardrail, where the author asked for that, and says which. */
async function stopBreaching(
  tx: Queryable,
  request: ReviewRequest,
  found: Look,
  actions: Reviewed['actions'],
): Promise<string[]> {
  const { experiment, outcomes } = found
  if (experiment.guardrails?.onBreach !== 'stopArm') return []
  const { arms, stopped: before } = outcomes.evidence
  const stopped: string[] = []
  for (const breach of guardrailsOf(arms, outcomes.guardrails, experiment)) {
    const { arm } = breach
    if (breach.state !== 'breached' || arm === holdoutKey || before.includes(arm) || stopped.includes(arm)) continue
    stopped.push(arm)
    await stopArm(tx, request.campaign, found.run, arm, request.at)
    const because = textsIn.en.decision.stoppedArm(arm, breach.customers, breach.of, breach.kind, breach.limit)
    actions.push(await keep(tx, request, found, { state: 'stopped', arm, because, action: 'stoppedArm' }, { guardrail: breach }))
  }
  return stopped
}

/** Keeps, promotes or withdraws what is decided about the arms that are left. */
async function settle(tx: Queryable, request: ReviewRequest, found: Look, actions: Reviewed['actions']): Promise<void> {
  const { campaign, at } = request
  const { experiment, judgement } = found
  const { decision } = judgement
  const standing = standingDecision(await listDecisions(tx, campaign), experimentKey(experiment))
  const promote = (arm: string) => tx.run(sql`UPDATE run SET promoted = ${arm}, promoted_at = ${at} WHERE id = ${found.run}`)
  const note = async (kept: Kept) => void actions.push(await keep(tx, request, found, kept))
  if (standing) {
    if (decision.state === 'invalid' && judgement.srm.p < srmLimit) {
      await tx.run(sql`UPDATE run SET promoted = NULL, promoted_at = NULL WHERE campaign = ${campaign}`)
      await note({ state: 'invalid', arm: null, because: decision.because, action: 'withdrawn' })
    } else if (standing.state === 'winner' && standing.arm !== null && experiment.onDecision === 'promote' && !found.promoted) {
      // Its author asks for it only now, or the run has been edited since.
      await promote(standing.arm)
      await note({ state: 'winner', arm: standing.arm, because: standing.because, action: 'promoted' })
    }
  } else if (decision.state === 'winner' && experiment.onDecision === 'promote') {
    await promote(decision.arm)
    await note({ state: 'winner', arm: decision.arm, because: decision.because, action: 'promoted' })
  } else if (decision.state === 'winner' || decision.state === 'noDifference') {
    const arm = 'arm' in decision ? decision.arm : null
    await note({ state: decision.state, arm, because: decision.because, action: 'reported' })
  }
}

/** Notes what this look saw of the sample ratio; what was found about another experiment is no longer about this one. */
async function begin(tx: Queryable, { run, version, judgement }: Look): Promise<void> {
  await tx.run(sql`UPDATE run r SET promoted = NULL, promoted_at = NULL, stopped_arms = '{}', srm_p = NULL FROM campaign_version was, campaign_version now
    WHERE r.id = ${run} AND was.campaign = r.campaign AND was.version = r.reviewed_version AND now.campaign = r.campaign AND now.version = ${version}
      AND was.document -> 'experiment' IS DISTINCT FROM now.document -> 'experiment'`)
  await tx.run(
    sql`UPDATE run SET srm_p = least(coalesce(srm_p, 1), ${judgement.srm.p}), reviewed_version = ${version} WHERE id = ${run}`,
  )
}

/** Nobody enters the arm any more, promoted or not, and who is under way in it goes no further. */
async function stopArm(tx: Queryable, campaign: number, run: number, arm: string, at: Date): Promise<void> {
  await tx.run(
    sql`UPDATE run SET stopped_arms = array_append(stopped_arms, ${arm}::text) WHERE id = ${run} AND NOT ${arm}::text = ANY(stopped_arms)`,
  )
  await tx.run(sql`UPDATE run SET promoted = NULL, promoted_at = NULL WHERE campaign = ${campaign} AND promoted = ${arm}`)
  await tx.run(sql`UPDATE enrollment SET state = 'ended', ended_at = ${at}, reason = 'stopped', due = NULL, wave = NULL, awaiting = false, watching = '{}'
    WHERE run IN (SELECT id FROM run WHERE campaign = ${campaign}) AND variant = ${arm} AND state <> 'ended'`)
}

/** All that the decision rested on, so that anybody can compute it again: scripts/recompute-decision.mjs does. */
const frozenInputs = (request: ReviewRequest, found: Look) => ({
  format: 1,
  campaign: campaignIds.show(request.campaign),
  asOf: request.at.toISOString(),
  definition: found.definition,
  experiment: found.experiment,
  evidence: found.outcomes.evidence,
  result: {
    srm: found.judgement.srm,
    comparisons: found.judgement.comparisons.map(({ bayes: _, ...pair }) => pair),
    decision: found.judgement.decision,
  },
})

/** Campaigns whose experiment may have something new to say: live ones, and those whose last customers may still mature. */
export const campaignsToReview = (db: Queryable, at: Date, after: number, limit: number) =>
  db.rows<{ campaign: number }>(sql`
    SELECT DISTINCT r.campaign FROM run r JOIN campaign_version v ON v.campaign = r.campaign AND v.version = r.version
    WHERE v.document ? 'experiment' AND r.campaign > ${after}
      AND (r.status IN ('enrolling', 'running', 'paused') OR r.completed_at > ${at}::timestamptz - interval '400 days')
    ORDER BY 1 LIMIT ${limit}`)
