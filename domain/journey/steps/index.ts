import { z } from 'zod'
import { found, passOn } from '../../texts/field.ts'
import type { Step, StepKind } from '../step-kind.ts'
import { await_ } from './await.ts'
import { award } from './award.ts'
import { branch } from './branch.ts'
import { exit } from './exit.ts'
import { message } from './message.ts'
import { offer } from './offer.ts'
import { set } from './set.ts'
import { split } from './split.ts'
import { survey } from './survey.ts'
import { task } from './task.ts'
import { wait } from './wait.ts'
import { webhook } from './webhook.ts'

const kinds = { message, wait, await: await_, branch, split, set, award, offer, task, webhook, survey, exit }

/** Every step kind by its name. Looked up by a step's own `kind`, so each function gets the step it is for. */
export const stepKinds = kinds as unknown as Record<Step['kind'], StepKind<Step>>

/** A list of steps: a journey, or the children of a step. */
export const journeySchema: z.ZodType<Step[]> = z.lazy(() => z.array(stepSchema).max(200))

const schemas = Object.values(stepKinds).map(kind => [kind.kind, kind.schema(journeySchema)] as const)
const byKind = new Map<string, z.ZodType<Step>>(schemas)

/** One step of any kind; an unknown kind is refused at its own path with the list of those there are. */
const stepSchema: z.ZodType<Step> = z
  .looseObject({ kind: z.string() })
  .transform((step, context) => {
    const schema = byKind.get(step.kind)
    if (!schema) {
      passOn(context, [found(t => t.fields.unknownStepKind(step.kind, [...byKind.keys()]))], ['kind'])
      return z.NEVER
    }
    const read = schema.safeParse(step, { reportInput: true })
    if (read.success) return read.data
    passOn(context, read.error.issues)
    return z.NEVER
  })
  .meta({ id: 'Step' })
