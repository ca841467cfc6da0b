import { z } from 'zod'
import { field, found, passOn } from '../../texts/field.ts'
import { durationSchema } from '../../time.ts'
import { noLists, type StepKind } from '../step-kind.ts'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

export interface WaitStep {
  kind: 'wait'
  id?: string | undefined
  for?: string | undefined
  until?: string | undefined
  weekday?: Weekday[] | undefined
}

export type WaitBody = { kind: 'wait'; for: string } | { kind: 'wait'; until: string; weekday: readonly Weekday[] | null }

const schema: z.ZodType<WaitStep> = z
  .strictObject({
    kind: z.literal('wait'),
    id: z.string().min(1).max(100).optional(),
    for: durationSchema.optional(),
    until: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: field(t => t.fields.localTime) })
      .optional(),
    weekday: z.array(z.enum(weekdays)).min(1).max(7).optional(),
  })
  .superRefine((step, context) => {
    if ((step.for === undefined) === (step.until === undefined && step.weekday === undefined))
      passOn(context, [found(t => t.fields.waits)], ['for'])
    if (step.weekday !== undefined && step.until === undefined) passOn(context, [found(t => t.fields.weekday)], ['weekday'])
  })

export const wait: StepKind<WaitStep> = {
  kind: 'wait',
  schema: () => schema,
  lists: noLists,
  body: step =>
    step.until === undefined
      ? { kind: 'wait', for: step.for ?? '0s' }
      : { kind: 'wait', until: step.until, weekday: step.weekday ?? null },
  compile: (_, context) => context.emit({ op: 'wait', step: context.step, next: context.next }),
  describe: (step, { journey: { steps }, everywhere }) =>
    step.for ? steps.waits(everywhere.duration(step.for)) : steps.waitsUntil(step.until, step.weekday),
  runs: true,
}
