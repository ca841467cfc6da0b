import { type Campaign, campaignSchema } from '../domain/campaign/campaign.ts'
import { notRunnable } from '../domain/campaign/check.ts'
import { type CampaignDiff, diffCampaigns } from '../domain/campaign/diff.ts'
import { opening } from '../domain/campaign/trigger-kind.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { watchedBy } from '../domain/campaign/watched.ts'
import { PerennialError, refusal } from '../domain/errors.ts'
import { runIds } from '../domain/ids.ts'
import { moveTo, type Standing } from '../domain/journey/move.ts'
import { compileProgram, instructionAt, type Program } from '../domain/journey/program.ts'
import type { Texts } from '../domain/texts/texts.ts'
import { type CampaignRow, documentOf, programsOf } from '../prisma/queries/campaigns.ts'
import { eventNameIds } from '../prisma/queries/event-name-ids.ts'
import { liveRun, type RunRow } from '../prisma/queries/runs.ts'
import { movingOf, publishVersion, standingBefore } from '../prisma/queries/versions.ts'
import { refuseProblems } from './campaign-check.ts'
import type { Deps } from './deps.ts'

/** Who stands where in the live version, and where the new one would take them. */
export interface StandingView {
  version: number
  goal: string
  /** The step they stand at; null: not begun yet. */
  step: string | null
  customers: number
  /** The step they go on with in the new version; null: the end of the journey. */
  goesOnAt: string | null
  /** `stays`: their goal is no more. `atOnce`: the step they wait at is no more. `goesOn`: they wait on and go on there. */
  what: 'goesOn' | 'atOnce' | 'stays'
}

/** The trigger before and after an edit of it, in words, and what that means for whom. */
export interface TriggerChange {
  before: string
  after: string
  means: string[]
}

export interface Edit {
  trigger: TriggerChange | null
  run: RunRow
  from: number
  to: number
  diff: CampaignDiff
  standing: StandingView[]
  moving: number
  document: ReturnType<typeof campaignSchema.parse>
  program: Program
}

/** What publishing a live campaign's draft would change, and for whom. Throws `conflict` when it is not live or has no new draft. */
export async function editOf(deps: Deps, campaign: CampaignRow, texts: Texts): Promise<Edit> {
  const run = await liveRun(deps.db, campaign.id)
  if (!run) throw new PerennialError('conflict', t => t.edit.notLive)
  const before = campaignSchema.parse(await documentOf(deps.db, campaign.id, run.version))
  const document = campaignSchema.parse(campaign.document)
  const programs = await programsOf(deps.db, campaign.id, run.version)
  const previous = programs.get(run.version)
  if (!previous) throw new Error(`campaign ${campaign.id} has no published version ${run.version}`)
  const program = compileProgram(document.goals, previous)
  const rests = await standingBefore(deps.db, run.id, run.version + 1)
  const standing = rests.map(({ customers, version, ...rest }) => {
    const from = programs.get(version) ?? previous
    return { version, customers, ...viewOf(from, program, rest) }
  })
  const diff = diffCampaigns(before, document)
  return {
    run,
    trigger: diff.triggerChanged ? turnOf(before, document, run, texts) : null,
    from: run.version,
    to: campaign.version,
    diff,
    standing,
    moving: await movingOf(deps.db, run.id),
    document,
    program,
  }
}

function turnOf(before: Campaign, after: Campaign, run: RunRow, texts: Texts): TriggerChange {
  const { means } = texts.edit
  const words = ({ trigger }: Campaign) => triggerKinds[trigger.kind].describe(trigger, texts)
  const entry = triggerKinds[after.trigger.kind].entry(after.trigger)
  return {
    before: words(before),
    after: words(after),
    means: [
      means.oldIsOver,
      ...(run.enrolledAt === null ? [means.notEnrolledYet] : []),
      entry.by === 'sweep' ? (entry.existing ? means.sweepAndExisting : means.sweep) : means[entry.by],
    ],
  }
}

function viewOf(from: Program, to: Program, standing: Standing): Omit<StandingView, 'version' | 'customers'> {
  const { goal, step } = standing
  const base = { goal, step: step === null ? null : (from.steps[step]?.id ?? null) }
  const moved = moveTo(from, to, standing)
  const stepAt = (program: Program, place: number): string | null => {
    const next = instructionAt(program, place)
    return next.step === null ? null : (program.steps[next.step]?.id ?? null)
  }
  if (!moved) return { ...base, goesOnAt: stepAt(from, standing.place), what: 'stays' }
  return { ...base, goesOnAt: stepAt(to, moved.place), what: moved.now ? 'atOnce' : 'goesOn' }
}

/**
 * Publishes the draft of a live campaign as its new version. Who enters from now on does so on it; who is under way stays where they are
 * or moves by their step's id. Throws `conflict` when it is not live, has nothing new, or somebody else was quicker.
 */
export async function publish(deps: Deps, campaign: CampaignRow, inFlight: 'stay' | 'move', texts: Texts): Promise<Edit> {
  const edit = await editOf(deps, campaign, texts)
  if (edit.to === edit.from) throw new PerennialError('conflict', t => t.edit.liveAlready(edit.from))
  await refuseProblems(deps, edit.document)
  const missing = notRunnable(edit.document)
  if (missing[0]) throw refusal('notBuilt', missing)
  const names = await eventNameIds(deps.db, watchedBy({ document: edit.document, program: edit.program }))
  const at = deps.clock()
  const trigger = triggerKinds[edit.document.trigger.kind]
  const done = await deps.db.transaction(async tx => {
    const turned = edit.diff.triggerChanged && opening(trigger.entry(edit.document.trigger), at)
    return await publishVersion(tx, {
      run: edit.run.id,
      campaign: campaign.id,
      from: edit.from,
      version: edit.to,
      document: edit.document,
      program: edit.program,
      watch: [...names.values()],
      move: inFlight === 'move',
      at,
      ...(turned ? { opening: turned } : {}),
    })
  })
  if (!done) throw new PerennialError('conflict', t => t.edit.changedMeanwhile(runIds.show(edit.run.id)))
  // The dispatcher moves who rests before it claims anybody; who is on the move follows when they rest.
  deps.temporal.ring([edit.run.id])
  return edit
}
