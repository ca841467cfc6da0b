import type { z } from 'zod'
import { unprocessable } from '../errors.ts'
import type { Sentence } from '../texts/texts.ts'
import type { Active, Facts, Grouped } from './facts.ts'
import { countPeriods, periodsOf, type Unit, type Window } from './periods.ts'
import type { Reason } from './result.ts'

/** What every metric is asked with. `window` ends at the latest at `asOf`; `asked` is as it was asked. */
export interface Question {
  window: Window
  asked: Window
  asOf: Date
  /** The reporting zone, by whose calendar days and months are counted. */
  zone: string
  /** Calendar periods to cut the window into; groups of customers are settled within `Facts`. */
  period: Unit | undefined
  grouped: boolean
  /** The currency that money of several currencies is converted to. */
  reporting: string
}

/** One number with what it was made of. */
export interface Measured {
  value: number | null
  reason: Reason | null
  numerator: number | null
  denominator: number | null
  /** What was taken for active, where that matters. */
  active?: Active
  [detail: string]: unknown
}

export interface Answer extends Measured {
  definition: string
  unit: string
  series?: unknown[]
  table?: unknown[]
}

/** One metric: its parameters, what it means, how it is made from the facts. A new one is its own file and one word in the index. */
export interface MetricKind<Parameters> {
  /** The name in the path: `crr`. */
  key: string
  parameters: z.ZodType<Parameters> & { shape: object }
  /** One sentence with the formula. */
  describe: Sentence
  /** Where the window begins when nobody says: 30 days before its end, or with the first event there is. */
  begins: '30 days before' | 'with the first event'
  answer(parameters: Parameters, facts: Facts, question: Question): Promise<Answer>
}

/** Keeps a kind's own type of parameters to itself, so that all kinds go into one list. */
export const metricKind = <Parameters>(kind: MetricKind<Parameters>): MetricKind<unknown> =>
  kind as unknown as MetricKind<unknown>

const maxPeriods = 400

/** What a metric says of one window: the definition it used, and a row for everybody and for each group. */
interface Said {
  definition: string
  unit: string
  rows: Grouped<Measured>[]
}

/** The answer of a metric that has one number for a window: as a whole, as a series over periods, or as a table over groups. */
export async function overWindows(question: Question, measure: (window: Window) => Promise<Said>): Promise<Answer> {
  const whole = await measure(question.window)
  const { group: _, total: __, ...all } = whole.rows.find(row => row.total) ?? nobody
  const answer: Answer = { definition: whole.definition, unit: whole.unit, ...all }
  if (question.grouped) answer.table = whole.rows.filter(row => !row.total).map(({ total: _, ...row }) => row)
  if (question.period === undefined) return answer
  const series: unknown[] = []
  for (const period of periodsFor(question, question.period)) {
    const window = within(period, question.window)
    const { rows } = await measure(window)
    const { group: _, total: __, ...point } = rows.find(row => row.total) ?? nobody
    series.push({ period: period.label, ...window, complete: isWhole(period, question), ...point })
  }
  return { ...answer, series }
}

const nobody: Grouped<Measured> = {
  group: null,
  total: true,
  value: null,
  reason: 'no_observations',
  numerator: null,
  denominator: null,
}

/** The calendar periods of the window, refused when they are too many to be read. */
export function periodsFor(question: Question, unit: Unit) {
  if (countPeriods(question.window, unit, question.zone) > maxPeriods)
    throw unprocessable(
      '/querystring/by',
      'tooMany',
      t => t.refusals.tooManyPeriods(maxPeriods, unit),
      t => t.refusals.shorten,
    )
  return periodsOf(question.window, unit, question.zone)
}

/** The part of a period that lies in the window. */
export const within = (period: Window, window: Window): Window => ({
  from: new Date(Math.max(period.from.getTime(), window.from.getTime())),
  to: new Date(Math.min(period.to.getTime(), window.to.getTime())),
})

/** Whether the period lies wholly in the window and in what is known: else its number is of a part only. */
export const isWhole = (period: Window, { window, asOf }: Question): boolean =>
  period.from >= window.from && period.to <= window.to && period.to <= new Date(asOf.getTime() + 1)
