import { campaignSchema } from '../domain/campaign/campaign.ts'
import { notRunnable } from '../domain/campaign/check.ts'
import { opening } from '../domain/campaign/trigger-kind.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { watchedBy } from '../domain/campaign/watched.ts'
import { PerennialError, refusal, unprocessable } from '../domain/errors.ts'
import { runIds } from '../domain/ids.ts'
import { compileProgram } from '../domain/journey/program.ts'
import { sql } from '../domain/sql.ts'
import type { CampaignRow } from '../prisma/queries/campaigns.ts'
import { eventNameIds } from '../prisma/queries/event-name-ids.ts'
import { countMembers } from '../prisma/queries/members.ts'
import { liveRun, openRun, type RunRow } from '../prisma/queries/runs.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { refuseProblems } from './campaign-check.ts'
import type { Deps } from './deps.ts'

/** How many customers an experiment is planned for when its author does not say. */
const plannedByDefault = 5_000

/**
 * Publishes the draft and starts a run on it. Refuses what cannot mean anything, an empty audience, and a second live run;
 * either the run stands and its workflow is started, or nothing is stored.
 */
export async function launch(deps: Deps, campaign: CampaignRow): Promise<RunRow> {
  const document = campaignSchema.parse(campaign.document)
  await refuseProblems(deps, document)
  const missing = notRunnable(document)
  if (missing[0]) throw refusal('notBuilt', missing)
  const running = await liveRun(deps.db, campaign.id)
  if (running) throw alreadyLive(running)

  const at = deps.clock()
  const trigger = triggerKinds[document.trigger.kind]
  const entry = trigger.entry(document.trigger)
  const context = await ruleContext(deps.db, at)
  const past = entry.by === 'snapshot' && entry.at && entry.at.getTime() < at.getTime() - 3_600_000 ? entry.at : null
  if (past)
    throw unprocessable(
      '/trigger/at',
      'past',
      t => t.refusals.isPast(past.toISOString()),
      t => t.refusals.timeToComeOrNow,
    )
  if (document.endsAt && Date.parse(document.endsAt) <= at.getTime())
    throw unprocessable(
      '/endsAt',
      'past',
      t => t.refusals.endIsPast(document.endsAt ?? ''),
      t => t.refusals.timeToCome,
    )
  if (entry.by === 'snapshot' && !entry.at) {
    const { count } = await countMembers(deps.db, document.audience, context)
    if (count === 0)
      throw unprocessable(
        '/audience',
        'noRecipients',
        t => t.refusals.noRecipients,
        t => t.refusals.widenAudience,
      )
  }
  const program = compileProgram(document.goals)
  const names = await eventNameIds(deps.db, watchedBy({ document, program }))
  const { finite, snapshot, enrolling, sweptTo, entriesOf } = opening(entry, at)
  const run = await openRun(deps.db, {
    campaign: campaign.id,
    version: campaign.version,
    document,
    program,
    finite,
    enrolling,
    // The same in every run, so that a customer who enters again meets the same variant again.
    salt: `campaign-${campaign.id}`,
    plannedSize: document.experiment?.plannedTotal ?? plannedByDefault,
    at,
    sweptTo,
    watch: [...names.values()],
    entriesOf,
  })
  if (!run) throw alreadyLive(await liveRun(deps.db, campaign.id))
  try {
    await deps.temporal.launch({ campaign: campaign.id, run: run.id, finite: run.finite, snapshot })
  } catch (error) {
    // Nobody was enrolled yet: without its workflow the run would only block the next try.
    await deps.db.transaction(async tx => {
      await tx.run(sql`DELETE FROM watch WHERE run = ${run.id}`)
      await tx.run(sql`DELETE FROM run WHERE id = ${run.id} AND NOT EXISTS (SELECT 1 FROM enrollment WHERE run = ${run.id})`)
    })
    throw error
  }
  return run
}

const alreadyLive = (run: RunRow | undefined) =>
  new PerennialError('conflict', t => t.refusals.liveAlready(run && runIds.show(run.id), run?.status))
