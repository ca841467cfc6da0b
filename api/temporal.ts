import { Client, Connection, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client'
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common'
import type { FastifyBaseLogger } from 'fastify'
import { type ConnectedConfig, temporalConnection } from '../domain/config.ts'
import { PerennialError } from '../domain/errors.ts'
import { workflowIds } from '../domain/ids.ts'
import { asWritten, type Sentence } from '../domain/texts/texts.ts'
import { pem } from '../prisma/process.ts'
import type { CampaignInput } from '../workflows/messages.ts'

/** What the API asks of Temporal. Every refusal is a PerennialError: `conflict`, or `unavailable` when nobody answers. */
export interface TemporalGateway {
  /** Answers when the server does; throws `unavailable`. */
  ready(): Promise<void>
  /** Starts a run's workflow; a run that is under way already stays as it is. */
  launch(run: CampaignInput): Promise<void>
  /** Answers when the change holds: after `pause` has answered, nothing more is sent. */
  update(run: { campaign: number; run: number }, change: 'pause' | 'resume' | 'stop'): Promise<void>
  /** Something happened for these runs. Coalesced, never awaited, never fails: a lost ring costs at most 30 s. */
  ring(runs: readonly number[]): void
  /**
   * Starts a workflow of any other kind under an id that names the thing; one that is under way already, or has run, stays as
   * it is.
   */
  start(workflow: string, workflowId: string, ...args: unknown[]): Promise<void>
  /** Rings that could not be delivered since the start. */
  lostRings(): number
  close(): Promise<void>
}

const answerWithinMs = 10_000
const updateWithinMs = 60_000
const coalesceMs = 100

const unavailable = (cause: unknown) =>
  new PerennialError('unavailable', t => t.refusals.temporalAway, { cause, retryAfterSeconds: 5 })

/**
 * The gateway over @temporalio/client. It connects with the first call and again whenever it has to, so that the API comes up
 * while Temporal is away. `campaignOf` tells which campaign a run belongs to.
 */
export function connectTemporal(options: {
  temporal: ConnectedConfig['temporal']
  campaignOf: (run: number) => Promise<number | undefined>
  log: FastifyBaseLogger
}): TemporalGateway {
  const connection = Connection.lazy(temporalConnection(options.temporal, pem))
  const client = new Client({ connection, namespace: options.temporal.namespace })
  const taskQueue = options.temporal.taskQueue
  const within = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
    try {
      return await connection.withDeadline(Date.now() + ms, work)
    } catch (error) {
      throw translate(error)
    }
  }
  const start = async (workflow: string, workflowId: string, args: unknown[]) => {
    await within(answerWithinMs, async () => {
      try {
        await client.workflow.start(workflow, {
          workflowId,
          taskQueue,
          args,
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
        })
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      }
    })
  }

  const campaigns = new Map<number, number>()
  const campaignOf = async (run: number) => {
    const known = campaigns.get(run) ?? (await options.campaignOf(run))
    if (known !== undefined) campaigns.set(run, known)
    return known
  }
  const waiting = new Map<number, NodeJS.Timeout>()
  let lost = 0
  const signal = async (run: number) => {
    waiting.delete(run)
    try {
      const campaign = await campaignOf(run)
      if (campaign === undefined) return
      const handle = client.workflow.getHandle(workflowIds.campaign(campaign, run))
      await connection.withDeadline(Date.now() + answerWithinMs, () => handle.signal('ring'))
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return // it has ended: nobody is left to hear
      lost++
      options.log.warn({ run, err: error }, 'a ring was lost; the dispatcher looks by itself within 30 s')
    }
  }

  return {
    ready: () => within(2_000, async () => void (await connection.workflowService.getSystemInfo({}))),
    launch: run => start('campaign', workflowIds.campaign(run.campaign, run.run), [run]),
    start: (workflow, workflowId, ...args) => start(workflow, workflowId, args),
    update: ({ campaign, run }, change) =>
      within(updateWithinMs, async () => {
        await client.workflow.getHandle(workflowIds.campaign(campaign, run)).executeUpdate(change)
      }),
    ring: runs => {
      for (const run of runs)
        if (!waiting.has(run))
          waiting.set(
            run,
            setTimeout(() => void signal(run), coalesceMs),
          )
    },
    lostRings: () => lost,
    close: async () => {
      for (const [run, timer] of waiting) {
        clearTimeout(timer)
        await signal(run)
      }
      await connection.close()
    },
  }
}

/** What the client threw, in the words of the catalogue. */
function translate(error: unknown): unknown {
  if (error instanceof PerennialError) return error
  if (error instanceof WorkflowNotFoundError) return new PerennialError('conflict', t => t.refusals.runEnded, { cause: error })
  if (error instanceof WorkflowUpdateFailedError) {
    const cause = error.cause
    if (cause instanceof ApplicationFailure && cause.type === 'Conflict')
      return new PerennialError('conflict', refusedBecause(cause), { cause: error })
    return error
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return new PerennialError('unavailable', t => t.refusals.noWorker, {
      cause: error,
      retryAfterSeconds: 5,
    })
  if (error instanceof TypeError || error instanceof RangeError) return error
  return unavailable(error)
}

/** The run says what it is and what it cannot: told in the reader's language. */
function refusedBecause({ details, message }: ApplicationFailure): Sentence {
  const [status, change] = (details ?? []) as unknown[]
  return isChange(change) ? t => t.refusals.runIs(String(status), change) : asWritten(message)
}

const isChange = (value: unknown): value is 'pause' | 'resume' | 'stop' =>
  value === 'pause' || value === 'resume' || value === 'stop'
