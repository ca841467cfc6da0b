import { z } from 'zod'
import { join, raw, type Sql, sql } from '../sql.ts'
import { field } from '../texts/field.ts'
import type { Texts } from '../texts/texts.ts'

/** Bounds on a number: `{"gte": 2, "lt": 5}`. */
export interface Range {
  eq?: number | undefined
  gt?: number | undefined
  gte?: number | undefined
  lt?: number | undefined
  lte?: number | undefined
}

const bounds = {
  eq: { sign: '=', holds: (a: number, b: number) => a === b },
  gt: { sign: '>', holds: (a: number, b: number) => a > b },
  gte: { sign: '>=', holds: (a: number, b: number) => a >= b },
  lt: { sign: '<', holds: (a: number, b: number) => a < b },
  lte: { sign: '<=', holds: (a: number, b: number) => a <= b },
} as const

const names = Object.keys(bounds) as (keyof Range)[]
export const rangeMessage = { error: field(t => t.fields.atLeastOneOf(names)) }

/** The fields of a range, to spread into a schema; `number` is the schema of each bound. */
export const rangeFields = (number: z.ZodType<number>) => ({
  eq: number.optional(),
  gt: number.optional(),
  gte: number.optional(),
  lt: number.optional(),
  lte: number.optional(),
})

export const isBounded = (range: Range): boolean => names.some(name => range[name] !== undefined)

export const rangeSchema = (number: z.ZodType<number> = z.number()): z.ZodType<Range> =>
  z.strictObject(rangeFields(number)).refine(isBounded, rangeMessage)

/**
 * The range for sums of decimals, which binary fractions miss by a hair: the same bounds to within half a millionth, so that
 * three times 19.99 is 59.97 in whatever order they were added.
 */
export function rounded(range: Range): Range {
  const least: number[] = []
  const below: number[] = []
  const hair = (limit: number) => 5e-7 + Math.abs(limit) * 1e-12
  for (const limit of [range.gte, range.eq]) if (limit !== undefined) least.push(limit - hair(limit))
  for (const limit of [range.lte, range.eq]) if (limit !== undefined) below.push(limit + hair(limit))
  if (range.gt !== undefined) least.push(range.gt + hair(range.gt))
  if (range.lt !== undefined) below.push(range.lt - hair(range.lt))
  return { ...(least.length > 0 ? { gte: Math.max(...least) } : {}), ...(below.length > 0 ? { lt: Math.min(...below) } : {}) }
}

const given = (range: Range) => names.flatMap(name => (range[name] === undefined ? [] : [[bounds[name], range[name]] as const]))

export const rangeHolds = (range: Range, value: number): boolean =>
  given(range).every(([bound, limit]) => bound.holds(value, limit))

/** A condition on an SQL number; `type` is the type both sides are compared in. Unknown where the value is. */
export const rangeWhere = (range: Range, value: Sql, type: 'bigint' | 'numeric' | 'float8'): Sql =>
  join(
    given(range).map(([bound, limit]) => sql`${value} ${raw(bound.sign)} ${limit}::${raw(type)}`),
    ' AND ',
    raw('TRUE'),
  )

/** "at least 2 and less than 5". */
export const describeRange = (range: Range, { rules, everywhere }: Texts): string =>
  names
    .flatMap(name => (range[name] === undefined ? [] : [`${rules.range[name]} ${everywhere.number(range[name])}`]))
    .join(` ${everywhere.and} `)
