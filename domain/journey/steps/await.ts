import { z } from 'zod'
import { type Fault, fault } from '../../errors.ts'
import { type Filter, filterSchema } from '../../segment/filter.ts'
import { field } from '../../texts/field.ts'
import { durationSchema } from '../../time.ts'
import type { Step, StepBody, StepKind } from '../step-kind.ts'

export const engagements = ['opened', 'clicked', 'replied', 'seen', 'delivered'] as const
export type Engagement = (typeof engagements)[number]

export type On = { event: string; where?: Filter[] | undefined } | { message: Engagement; step?: string | undefined }

export interface AwaitStep {
  kind: 'await'
  id?: string | undefined
  on: On | On[]
  within: string
  reactWithin?: string | undefined
  do?: Step[] | undefined
  else?: Step[] | undefined
}

/** What is awaited, with the message step named by its index; a task is the one the step itself opened. */
export type Awaited = { event: string; where: readonly Filter[] } | { message: Engagement; step: number } | { task: true }

export interface Awaiting {
  on: readonly Awaited[]
  within: string
  reactWithin?: string
}

/** What customers who rest at a step wait for, whatever kind of step it is; undefined: nothing but time. */
export function awaitingAt(body: StepBody): Awaiting | undefined {
  if (body.kind === 'await') return body
  if (body.kind === 'task' && body.within !== null) return { on: [{ task: true }], within: body.within, reactWithin: '1s' }
  return undefined
}

const onSchema: z.ZodType<On> = z.union(
  [
    z.strictObject({ event: z.string().min(1).max(200), where: filterSchema.optional() }),
    z.strictObject({ message: z.enum(engagements), step: z.string().min(1).optional() }),
  ],
  { error: field(t => t.fields.awaits) },
)

const listOf = (on: On | On[]): On[] => (Array.isArray(on) ? on : [on])

export const await_: StepKind<AwaitStep> = {
  kind: 'await',
  schema: journey =>
    z.strictObject({
      kind: z.literal('await'),
      id: z.string().min(1).max(100).optional(),
      on: z.union([onSchema, z.array(onSchema).min(1).max(10)]),
      within: durationSchema,
      reactWithin: durationSchema.optional(),
      do: journey.optional(),
      else: journey.optional(),
    }),
  lists: step => [
    [['do'], step.do ?? []],
    [['else'], step.else ?? []],
  ],
  body: (step, context) => ({
    kind: 'await',
    on: listOf(step.on).map(on =>
      'event' in on
        ? { event: on.event, where: on.where ?? [] }
        : { message: on.message, step: on.step === undefined ? (context.lastMessage ?? -1) : context.stepIndex(on.step) },
    ),
    within: step.within,
    ...(step.reactWithin ? { reactWithin: step.reactWithin } : {}),
  }),
  compile: (step, context) =>
    context.emit({
      op: 'await',
      step: context.step,
      hit: context.sequence(step.do ?? []),
      miss: context.sequence(step.else ?? []),
    }),
  describe: (step, { journey: { steps }, everywhere }) =>
    steps.awaits(
      everywhere.duration(step.within),
      listOf(step.on).map(on => ('event' in on ? steps.event(on.event) : steps.reaction(on.message))),
    ),
  check: (step, context) => {
    const faults: Fault[] = []
    listOf(step.on).forEach((on, i) => {
      if ('event' in on) return
      const path = Array.isArray(step.on) ? `/on/${i}` : '/on'
      if (on.step !== undefined && !context.messagesBefore.includes(on.step))
        faults.push(
          fault(
            `${path}/step`,
            'unknownStep',
            t => t.check.unknownStep(on.step),
            t => t.check.passedStep,
          ),
        )
      if (on.step === undefined && context.messagesBefore.length === 0)
        faults.push(
          fault(
            path,
            'noMessage',
            t => t.check.noMessage,
            t => t.check.messageFirst,
          ),
        )
    })
    return faults
  },
  runs: true,
}
