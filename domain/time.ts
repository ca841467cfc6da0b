import { z } from 'zod'

const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** A span of time as the contract writes it: `"90s"`, `"3d"`; at most ten years, so that no date overflows. */
export const durationSchema = z
  .string()
  .regex(/^\d{1,9}(s|m|h|d|w)$/, 'a duration is a number and one of s, m, h, d, w, for example "3d"')
  .refine(text => milliseconds(text) <= 3_660 * unit.d, 'at most ten years')

/** Milliseconds of a duration that `durationSchema` let through. */
export function milliseconds(duration: string): number {
  const amount = Number(duration.slice(0, -1))
  return amount * unit[duration.slice(-1) as keyof typeof unit]
}

/** A duration in plain words: "3 days". */
export function describeDuration(duration: string): string {
  const words = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' } as const
  const amount = Number(duration.slice(0, -1))
  return `${amount} ${words[duration.slice(-1) as keyof typeof words]}${amount === 1 ? '' : 's'}`
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
