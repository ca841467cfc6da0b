import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  ParentClosePolicy,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.ts'
import { workflowIds } from '../domain/ids.ts'
import { type Control, dispatch } from '../domain/journey/dispatch.ts'
import { type CampaignInput, pause, resume, ring, stop } from './messages.ts'
import { wave as waveWorkflow } from './wave.ts'

const { setRunStatus, completeRun, endStopped, releaseWave } = proxyActivities<Activities>({
  startToCloseTimeout: '2m',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
})
// Short, idempotent and of the database alone, so it may run in the worker that holds the workflow: a third of the history.
const { claim } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
})
const { enrollSnapshot } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
})

/** Waves under way at once: enough to keep the cores and a provider busy, few enough to stop soon and to leave little in doubt. */
const wavesAtOnce = 6
/** A new history is begun well before the server's own limits. */
const longHistory = 4_000

/** One live run of a campaign. However many customers wait, it is one open workflow asleep until the next is due. */
export async function campaign(input: CampaignInput): Promise<void> {
  let control: Control = input.carry?.paused ? 'pause' : 'run'
  let underway = 0
  let stirred = false
  const stir = () => {
    stirred = true
  }

  const changed = async (to: Control, status: 'running' | 'paused' | 'stopped') => {
    // The row first: a wave that is about to send reads it in the transaction that claims its messages.
    await setRunStatus({ run: input.run, status, at: Date.now() })
    // Stopped meanwhile: the row says so, whichever of the two came there first, and nothing takes a stop back.
    if (control === 'stop' && to !== 'stop') refuse(to === 'pause' ? 'pause' : 'resume')
    control = to
    stir()
    if (to !== 'run') await condition(() => underway === 0)
    if (to === 'stop') await endStopped({ run: input.run, at: Date.now() })
  }
  const refuse = (change: 'pause' | 'resume' | 'stop'): never => {
    const status = control === 'stop' ? 'stopped' : control === 'pause' ? 'paused' : 'running'
    throw ApplicationFailure.nonRetryable(`the run is ${status}: no ${change}`, 'Conflict', status, change)
  }
  setHandler(ring, stir)
  setHandler(pause, () => changed('pause', 'paused'), { validator: () => control === 'run' || refuse('pause') })
  setHandler(resume, () => changed('run', 'running'), { validator: () => control === 'pause' || refuse('resume') })
  setHandler(stop, () => changed('stop', 'stopped'), { validator: () => control !== 'stop' || refuse('stop') })

  const result = await dispatch(
    {
      now: () => Date.now(),
      control: () => control,
      enroll: at => enrollSnapshot({ campaign: input.campaign, run: input.run, at }).finally(stir),
      claim: request => claim({ campaign: input.campaign, run: input.run, ...request }),
      walk: async wave => {
        underway++
        try {
          const child = await startChild(waveWorkflow, {
            args: [{ campaign: input.campaign, run: input.run, ...wave }],
            workflowId: workflowIds.wave(input.campaign, input.run, wave.wave),
            workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
            parentClosePolicy: ParentClosePolicy.ABANDON,
          })
          await child.result()
        } catch {
          // Somebody terminated it: its customers go back to their places and into another wave.
          await releaseWave({ run: input.run, wave: wave.wave, at: Date.now() })
        } finally {
          underway--
          stir()
        }
      },
      rest: async until => {
        const awake = () => stirred
        if (until === null || until === Number.POSITIVE_INFINITY) await condition(awake)
        else await condition(awake, Math.max(1, until - Date.now()))
        stirred = false
      },
      shouldRoll: () => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > longHistory,
    },
    { window: wavesAtOnce, finite: input.finite, claimsEnter: patched('claims-enter'), longestRest: 30_000 },
    input.carry ?? { nextWave: 1, enrolling: input.snapshot },
  )

  await condition(allHandlersFinished)
  // A stop that was asked for while the last came home has ended everything.
  const standing = control as Control
  if (result.ended === 'rolled' && standing !== 'stop')
    await continueAsNew<typeof campaign>({ ...input, carry: { ...result.carry, paused: standing === 'pause' } })
  if (result.ended === 'completed') await completeRun({ run: input.run, at: Date.now() })
}
