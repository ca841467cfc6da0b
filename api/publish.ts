import { campaignSchema } from '../domain/campaign/campaign.ts'
import { notRunnable } from '../domain/campaign/check.ts'
import { type CampaignDiff, diffCampaigns } from '../domain/campaign/diff.ts'
import { watchedBy } from '../domain/campaign/watched.ts'
import { PerennialError } from '../domain/errors.ts'
import { runIds } from '../domain/ids.ts'
import { moveTo, type Standing } from '../domain/journey/move.ts'
import { compileProgram, instructionAt, type Program } from '../domain/journey/program.ts'
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

export interface Edit {
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
export async function editOf(deps: Deps, campaign: CampaignRow): Promise<Edit> {
  const run = await liveRun(deps.db, campaign.id)
  if (!run) throw new PerennialError('conflict', 'This campaign is not live: launch it, and its draft is what runs.')
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
  return {
    run,
    from: run.version,
    to: campaign.version,
    diff: diffCampaigns(before, document),
    standing,
    moving: await movingOf(deps.db, run.id),
    document,
    program,
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
export async function publish(deps: Deps, campaign: CampaignRow, inFlight: 'stay' | 'move'): Promise<Edit> {
  const edit = await editOf(deps, campaign)
  if (edit.to === edit.from) throw new PerennialError('conflict', `Version ${edit.from} is live already: change the draft first.`)
  await refuseProblems(deps, edit.document)
  const missing = notRunnable(edit.document)
  if (missing[0]) throw new PerennialError('notBuilt', missing[0].message, { faults: missing })
  if (edit.diff.triggerChanged)
    throw new PerennialError('unprocessable', 'A live campaign keeps its trigger.', {
      faults: [
        {
          path: '/trigger',
          code: 'liveTrigger',
          message: 'a live campaign keeps its trigger',
          hint: 'Stop this run and launch again, or make another campaign.',
        },
      ],
    })
  const names = await eventNameIds(deps.db, watchedBy({ document: edit.document, program: edit.program }))
  const done = await deps.db.transaction(tx =>
    publishVersion(tx, {
      run: edit.run.id,
      campaign: campaign.id,
      from: edit.from,
      version: edit.to,
      document: edit.document,
      program: edit.program,
      watch: [...names.values()],
      move: inFlight === 'move',
      at: deps.clock(),
    }),
  )
  if (!done)
    throw new PerennialError('conflict', `${runIds.show(edit.run.id)} has changed meanwhile: look at it and decide again.`)
  // The dispatcher moves who rests before it claims anybody; who is on the move follows when they rest.
  deps.temporal.ring([edit.run.id])
  return edit
}
