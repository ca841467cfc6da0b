import { z } from 'zod'
import { field } from './texts/field.ts'

const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** A span of time as the contract writes it: `"90s"`, `"3d"`; at most ten years, so that no date overflows. */
export const durationSchema = z
  .string()
  .regex(/^\d{1,9}(s|m|h|d|w)$/, { error: field(t => t.fields.duration) })
  .refine(text => milliseconds(text) <= 3_660 * unit.d, { error: field(t => t.fields.tenYears) })

/** Milliseconds of a duration that `durationSchema` let through. */
export function milliseconds(duration: string): number {
  const amount = Number(duration.slice(0, -1))
  return amount * unit[duration.slice(-1) as keyof typeof unit]
}

/** Whether the time zone database knows this name. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
