import type { Texts } from '../texts/texts.ts'
import { milliseconds } from '../time.ts'

/** A stretch of time (from, to]: a moment exactly at its start is outside, one exactly at its end inside. */
export interface Window {
  from: Date
  to: Date
}

/** The time that ends at `at`: what `within` and `withinLast` mean. */
export const lastOf = (duration: string, at: Date): Window => ({ from: before(duration, at), to: at })

/** The time that starts after `at`: what `withinNext` means. */
export const nextOf = (duration: string, at: Date): Window => ({ from: at, to: new Date(at.getTime() + milliseconds(duration)) })

/** The moment a duration ago. */
export const before = (duration: string, at: Date): Date => new Date(at.getTime() - milliseconds(duration))

export const isIn = (window: Window, at: Date | number): boolean =>
  Number(at) > window.from.getTime() && Number(at) <= window.to.getTime()

/** "in the last 30 days". */
export const describeLast = (duration: string, { rules, everywhere }: Texts): string => rules.last(everywhere.duration(duration))
