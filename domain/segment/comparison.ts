import { z } from 'zod'
import { type Sql, sql } from '../sql.ts'
import { describeDuration, durationSchema } from '../time.ts'
import { and, surely } from './logic.ts'
import { momentOf } from './moment.ts'
import { lower, type Scalar, type SqlValue } from './value.ts'
import { isIn, lastOf, nextOf, type Window } from './window.ts'

/** What may be asked of one value; all that is given must hold. */
export interface Comparison {
  is?: Scalar | undefined
  isNot?: Scalar | undefined
  in?: Scalar[] | undefined
  notIn?: Scalar[] | undefined
  gt?: number | undefined
  gte?: number | undefined
  lt?: number | undefined
  lte?: number | undefined
  contains?: string | undefined
  startsWith?: string | undefined
  exists?: boolean | undefined
  before?: string | undefined
  after?: string | undefined
}

/** Comparisons that also know the moment they are asked at. */
export interface TimedComparison extends Comparison {
  withinLast?: string | undefined
  withinNext?: string | undefined
}

/** How many entries a list in a rule may have. */
export const maxList = 10_000

/** One operator with all its readings: on a JSON value in memory (a `Date` for a column of time), in SQL, and in words. */
interface Operator<Operand> {
  holds(value: unknown, operand: Operand, at: Date): boolean
  /** Never unknown. */
  where(value: SqlValue, operand: Operand, at: Date): Sql
  describe(operand: Operand): string
}

const moment = (value: unknown): number | undefined => (value instanceof Date ? value.getTime() : momentOf(value))
const date = (iso: string): Date => new Date(moment(iso) ?? Number.NaN)
const isPresent = (value: unknown): boolean => value !== undefined && value !== null
const quote = (scalar: Scalar): string => (typeof scalar === 'string' ? `"${scalar}"` : String(scalar))

function shorten(list: readonly Scalar[]): string {
  const shown = list.slice(0, 3).map(quote).join(', ')
  return list.length > 3 ? `${shown} and ${list.length - 3} more` : shown
}

const numeric = (sign: '<' | '<=' | '>' | '>=', words: string, holds: (a: number, b: number) => boolean): Operator<number> => ({
  holds: (value, limit) => typeof value === 'number' && holds(value, limit),
  where: (value, limit) => surely(value.number(sign, limit)),
  describe: limit => `${words} ${limit}`,
})

const inWindow = (window: (duration: string, at: Date) => Window, words: string): Operator<string> => ({
  holds: (value, duration, at) => {
    const time = moment(value)
    return time !== undefined && isIn(window(duration, at), time)
  },
  where: (value, duration, at) => {
    const { from, to } = window(duration, at)
    return surely(value.momentIn({ after: from, upTo: to }))
  },
  describe: duration => `${words} ${describeDuration(duration)}`,
})

const operators: { [Name in keyof TimedComparison]-?: Operator<NonNullable<TimedComparison[Name]>> } = {
  is: {
    holds: (value, scalar) => value === scalar,
    where: (value, scalar) => surely(value.oneOf([scalar])),
    describe: scalar => `is ${quote(scalar)}`,
  },
  isNot: {
    holds: (value, scalar) => value !== scalar,
    where: (value, scalar) => sql`(${value.oneOf([scalar])}) IS NOT TRUE`,
    describe: scalar => `is not ${quote(scalar)}`,
  },
  in: {
    holds: (value, list) => list.includes(value as Scalar),
    where: (value, list) => surely(value.oneOf(list)),
    describe: list => `is one of ${shorten(list)}`,
  },
  notIn: {
    holds: (value, list) => !list.includes(value as Scalar),
    where: (value, list) => sql`(${value.oneOf(list)}) IS NOT TRUE`,
    describe: list => `is none of ${shorten(list)}`,
  },
  gt: numeric('>', 'is more than', (a, b) => a > b),
  gte: numeric('>=', 'is at least', (a, b) => a >= b),
  lt: numeric('<', 'is less than', (a, b) => a < b),
  lte: numeric('<=', 'is at most', (a, b) => a <= b),
  contains: {
    holds: (value, part) =>
      typeof value === 'string'
        ? value.toLowerCase().includes(part.toLowerCase())
        : Array.isArray(value) && value.some(entry => typeof entry === 'string' && entry.toLowerCase() === part.toLowerCase()),
    where: (value, part) => {
      const sought = lower(sql`${part}::text`)
      return surely(
        value.textOrEntry(
          text => sql`strpos(${lower(text)}, ${sought}) > 0`,
          entry => sql`${lower(entry)} = ${sought}`,
        ),
      )
    },
    describe: part => `contains ${quote(part)}`,
  },
  startsWith: {
    holds: (value, part) => typeof value === 'string' && value.toLowerCase().startsWith(part.toLowerCase()),
    where: (value, part) => surely(sql`starts_with(${lower(value.text)}, ${lower(sql`${part}::text`)})`),
    describe: part => `starts with ${quote(part)}`,
  },
  exists: {
    holds: (value, wanted) => isPresent(value) === wanted,
    where: (value, wanted) => (wanted ? surely(value.present) : sql`(${value.present}) IS NOT TRUE`),
    describe: wanted => (wanted ? 'is known' : 'is not known'),
  },
  before: {
    holds: (value, iso) => (moment(value) ?? Number.NaN) < date(iso).getTime(),
    where: (value, iso) => surely(value.momentIn({ before: date(iso) })),
    describe: iso => `is before ${iso}`,
  },
  after: {
    holds: (value, iso) => (moment(value) ?? Number.NaN) > date(iso).getTime(),
    where: (value, iso) => surely(value.momentIn({ after: date(iso) })),
    describe: iso => `is after ${iso}`,
  },
  withinLast: inWindow(lastOf, 'was in the last'),
  withinNext: inWindow(nextOf, 'is in the next'),
}

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, true or false' })
const list = z.array(scalar).min(1).max(maxList)
const isoDate = z
  .string()
  .refine(text => momentOf(text) !== undefined, 'an ISO date, for example "2026-01-31" or "2026-01-31T09:00:00+01:00"')

/** The fields of a comparison, to spread into a schema. */
export const comparisonFields = {
  is: scalar.optional(),
  isNot: scalar.optional(),
  in: list.optional(),
  notIn: list.optional(),
  gt: z.number().optional(),
  gte: z.number().optional(),
  lt: z.number().optional(),
  lte: z.number().optional(),
  contains: z.string().min(1).optional(),
  startsWith: z.string().min(1).optional(),
  exists: z.boolean().optional(),
  before: isoDate.optional(),
  after: isoDate.optional(),
}

export const timedFields = { ...comparisonFields, withinLast: durationSchema.optional(), withinNext: durationSchema.optional() }

const names = Object.keys(operators) as (keyof TimedComparison)[]

/** The operators that a comparison uses. */
export type OperatorName = keyof TimedComparison

export const operatorsOf = (comparison: TimedComparison): OperatorName[] => names.filter(name => comparison[name] !== undefined)

export const compares = (comparison: TimedComparison): boolean => operatorsOf(comparison).length > 0
export const comparesMessage = (fields: object): string => `needs at least one of ${Object.keys(fields).join(', ')}`

// Each operator is looked up beside its own operand, which TypeScript cannot follow through the loop.
const uses = (comparison: TimedComparison) =>
  operatorsOf(comparison).map(name => [operators[name] as Operator<unknown>, comparison[name] as unknown] as const)

export const comparisonHolds = (comparison: TimedComparison, value: unknown, at: Date): boolean =>
  uses(comparison).every(([operator, operand]) => operator.holds(value, operand, at))

/** A condition on one value; never unknown. */
export const comparisonWhere = (comparison: TimedComparison, value: SqlValue, at: Date): Sql =>
  and(uses(comparison).map(([operator, operand]) => operator.where(value, operand, at)))

/** "is at least 18 and is less than 30". */
export const describeComparison = (comparison: TimedComparison): string =>
  uses(comparison)
    .map(([operator, operand]) => operator.describe(operand))
    .join(' and ')
