import { z } from 'zod'
import { type Fault, fault } from '../../errors.ts'
import type { Step, StepKind } from '../step-kind.ts'

export interface SplitStep {
  kind: 'split'
  id?: string | undefined
  arms: Record<string, Step[]>
}

export const split: StepKind<SplitStep> = {
  kind: 'split',
  schema: journey =>
    z.strictObject({ kind: z.literal('split'), id: z.string().min(1).max(100).optional(), arms: z.record(z.string(), journey) }),
  lists: step => Object.entries(step.arms).map(([key, children]) => [['arms', key], children] as const),
  body: step => ({ kind: 'split', arms: Object.keys(step.arms) }),
  compile: (step, context) =>
    // The last target takes those whose variant has no arm here: they go on.
    context.emit({
      op: 'fork',
      step: context.step,
      to: [...Object.values(step.arms).map(children => context.sequence(children)), context.next],
    }),
  describe: (step, { journey }) => journey.steps.split(Object.keys(step.arms)),
  check: (step, context) => {
    const faults: Fault[] = []
    for (const key of Object.keys(step.arms))
      if (!context.variants.includes(key))
        faults.push(
          fault(
            `/arms/${key}`,
            'unknownVariant',
            t => t.check.unknownVariant(key),
            t => t.check.itsVariants(context.variants),
          ),
        )
    return faults
  },
  runs: true,
}
