import { type Sql, sql } from '../sql.ts'
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

/** A moment so much later. */
export const later = (moment: Sql, duration: string): Sql => sql`${moment} + ${span(duration)}`
const span = (duration: string): Sql => sql`${milliseconds(duration)}::float8 * interval '1 millisecond'`
const moved = (moment: Sql, lines: (m: Sql) => Sql): Sql =>
  sql`(SELECT ${lines(sql`v.m`)} FROM (SELECT ${moment} AS m OFFSET 0) v)`

/** When `lastOf` next says something else about a moment: when it comes, or when it is so long ago. Unknown where it never does. */
export const nextChangeOfLast = (moment: Sql, duration: string, at: Date): Sql =>
  moved(
    moment,
    m =>
      sql`CASE WHEN ${m} > ${at}::timestamptz THEN ${m} WHEN ${m} > ${before(duration, at)}::timestamptz THEN ${later(m, duration)} END`,
  )

/** When `nextOf` next says something else about a moment: when it is so near, or when it has come. Unknown where it never does. */
export const nextChangeOfNext = (moment: Sql, duration: string, at: Date): Sql =>
  moved(
    moment,
    m =>
      sql`CASE WHEN ${m} > ${nextOf(duration, at).to}::timestamptz THEN ${m} - ${span(duration)} WHEN ${m} > ${at}::timestamptz THEN ${m} END`,
  )
