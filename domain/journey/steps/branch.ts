import { z } from 'zod'
import { type Rule, ruleSchema } from '../../segment/rule.ts'
import type { Step, StepKind } from '../step-kind.ts'

export interface BranchStep {
  kind: 'branch'
  id?: string | undefined
  cases: { when: Rule; do: Step[] }[]
  else?: Step[] | undefined
}

export const branch: StepKind<BranchStep> = {
  kind: 'branch',
  schema: journey =>
    z.strictObject({
      kind: z.literal('branch'),
      id: z.string().min(1).max(100).optional(),
      cases: z
        .array(z.strictObject({ when: ruleSchema, do: journey }))
        .min(1)
        .max(50),
      else: journey.optional(),
    }),
  lists: step => [...step.cases.map((c, i) => [['cases', i, 'do'], c.do] as const), [['else'], step.else ?? []] as const],
  body: step => ({ kind: 'branch', cases: step.cases.map(c => c.when) }),
  compile: (step, context) =>
    context.emit({
      op: 'fork',
      step: context.step,
      to: [...step.cases.map(c => context.sequence(c.do)), context.sequence(step.else ?? [])],
    }),
  describe: (step, { journey }) => journey.steps.branch(step.cases.length),
  check: (step, context) =>
    step.cases.flatMap((c, i) => context.checkRule(c.when).map(fault => ({ ...fault, path: `/cases/${i}/when${fault.path}` }))),
  runs: true,
}
