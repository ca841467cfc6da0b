import { z } from 'zod'
import { found, passOn } from '../../texts/field.ts'
import type { TriggerKind } from '../trigger-kind.ts'
import { at } from './at.ts'
import { date } from './date.ts'
import { event } from './event.ts'
import { inactivity } from './inactivity.ts'
import { now } from './now.ts'
import { schedule } from './schedule.ts'
import { segmentEntry } from './segment-entry.ts'
import { trialEnd } from './trial-end.ts'

const kinds = { now, at, schedule, event, inactivity, trialEnd, segmentEntry, date }

type Schemas = { [K in keyof typeof kinds]: (typeof kinds)[K]['schema'] }
export type Trigger = z.infer<Schemas[keyof Schemas]>

/** Every trigger kind by its name. Looked up by a trigger's own `kind`, so each function gets the trigger it is for. */
export const triggerKinds = kinds as unknown as Record<Trigger['kind'], TriggerKind<Trigger>>

/** A trigger of any kind; an unknown kind is refused at its own path with the list of those there are. */
export const triggerSchema: z.ZodType<Trigger> = z
  .looseObject({ kind: z.string() })
  .transform((trigger, context) => {
    const kind = Object.hasOwn(triggerKinds, trigger.kind) ? triggerKinds[trigger.kind as Trigger['kind']] : undefined
    if (!kind) {
      passOn(context, [found(t => t.fields.unknownTrigger(trigger.kind, Object.keys(triggerKinds)))], ['kind'])
      return z.NEVER
    }
    const read = kind.schema.safeParse(trigger, { reportInput: true })
    if (read.success) return read.data
    passOn(context, read.error.issues)
    return z.NEVER
  })
  .meta({ id: 'Trigger' })
