import { z } from 'zod'
import { type Sql, sql } from '../sql.ts'
import { field } from '../texts/field.ts'
import type { Texts } from '../texts/texts.ts'
import { durationSchema } from '../time.ts'
import { and, surely } from './logic.ts'
import { momentOf } from './moment.ts'
import { lower, type Scalar, type SqlValue } from './value.ts'
import { before, isIn, lastOf, nextChangeOfLast, nextChangeOfNext, nextOf, type Window } from './window.ts'

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
}

const moment = (value: unknown): number | undefined => (value instanceof Date ? value.getTime() : momentOf(value))
const date = (iso: string): Date => new Date(moment(iso) ?? Number.NaN)
const isPresent = (value: unknown): boolean => value !== undefined && value !== null
const numeric = (sign: '<' | '<=' | '>' | '>=', holds: (a: number, b: number) => boolean): Operator<number> => ({
  holds: (value, limit) => typeof value === 'number' && holds(value, limit),
  where: (value, limit) => surely(value.number(sign, limit)),
})

const inWindow = (window: (duration: string, at: Date) => Window): Operator<string> => ({
  holds: (value, duration, at) => {
    const time = moment(value)
    return time !== undefined && isIn(window(duration, at), time)
  },
  where: (value, duration, at) => {
    const { from, to } = window(duration, at)
    return surely(value.momentIn({ after: from, upTo: to }))
  },
})

const operators: { [Name in keyof TimedComparison]-?: Operator<NonNullable<TimedComparison[Name]>> } = {
  is: {
    holds: (value, scalar) => value === scalar,
    where: (value, scalar) => surely(value.oneOf([scalar])),
  },
  isNot: {
    holds: (value, scalar) => value !== scalar,
    where: (value, scalar) => sql`(${value.oneOf([scalar])}) IS NOT TRUE`,
  },
  in: {
    holds: (value, list) => list.includes(value as Scalar),
    where: (value, list) => surely(value.oneOf(list)),
  },
  notIn: {
    holds: (value, list) => !list.includes(value as Scalar),
    where: (value, list) => sql`(${value.oneOf(list)}) IS NOT TRUE`,
  },
  gt: numeric('>', (a, b) => a > b),
  gte: numeric('>=', (a, b) => a >= b),
  lt: numeric('<', (a, b) => a < b),
  lte: numeric('<=', (a, b) => a <= b),
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
  },
  startsWith: {
    holds: (value, part) => typeof value === 'string' && value.toLowerCase().startsWith(part.toLowerCase()),
    where: (value, part) => surely(sql`starts_with(${lower(value.text)}, ${lower(sql`${part}::text`)})`),
  },
  exists: {
    holds: (value, wanted) => isPresent(value) === wanted,
    where: (value, wanted) => (wanted ? surely(value.present) : sql`(${value.present}) IS NOT TRUE`),
  },
  before: {
    holds: (value, iso) => (moment(value) ?? Number.NaN) < date(iso).getTime(),
    where: (value, iso) => surely(value.momentIn({ before: date(iso) })),
  },
  after: {
    holds: (value, iso) => (moment(value) ?? Number.NaN) > date(iso).getTime(),
    where: (value, iso) => surely(value.momentIn({ after: date(iso) })),
  },
  withinLast: inWindow(lastOf),
  withinNext: inWindow(nextOf),
}

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: field(t => t.fields.scalar) })
const list = z.array(scalar).min(1).max(maxList)
const isoDate = z.string().refine(text => momentOf(text) !== undefined, { error: field(t => t.fields.isoDate) })

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
export const comparesMessage = (fields: object) => ({ error: field(t => t.fields.atLeastOneOf(Object.keys(fields))) })

// Each operator is looked up beside its own operand, which TypeScript cannot follow through the loop.
const uses = (comparison: TimedComparison) =>
  operatorsOf(comparison).map(name => [operators[name] as Operator<unknown>, comparison[name] as unknown] as const)

export const comparisonHolds = (comparison: TimedComparison, value: unknown, at: Date): boolean =>
  uses(comparison).every(([operator, operand]) => operator.holds(value, operand, at))

/** A condition on one value; never unknown. */
export const comparisonWhere = (comparison: TimedComparison, value: SqlValue, at: Date): Sql =>
  and(uses(comparison).map(([operator, operand]) => operator.where(value, operand, at)))

/** When, after `at`, time alone next changes what is said of the value: the first of these. */
export const comparisonNext = ({ withinLast, withinNext }: TimedComparison, value: SqlValue, at: Date): Sql[] => [
  ...(withinLast === undefined ? [] : [nextChangeOfLast(value.moment(before(withinLast, at)), withinLast, at)]),
  ...(withinNext === undefined ? [] : [nextChangeOfNext(value.moment(at), withinNext, at)]),
]

/** "is at least 18 and is less than 30". */
export function describeComparison(comparison: TimedComparison, { rules, everywhere }: Texts): string {
  const said = operatorsOf(comparison).map(name => {
    const operand = comparison[name] as never
    const span = name === 'withinLast' || name === 'withinNext'
    return (rules.compare[name] as (operand: string) => string)(span ? everywhere.duration(operand) : operand)
  })
  return said.join(` ${everywhere.and} `)
}
