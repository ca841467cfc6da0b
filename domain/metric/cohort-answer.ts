import { wilson } from '../experiment/proportions.ts'
import type { CohortCounts, CohortQuery, Column, Facts, Grouped } from './facts.ts'
import type { Answer, Question } from './metric-kind.ts'
import { retentionRate } from './n-day.ts'
import { undefinedFor } from './result.ts'

/** What one retention metric asks for. */
export interface CohortAsked extends Omit<CohortQuery, 'window' | 'label'> {
  definition: string
  /** How a column is called: `{n: 7}`, `{from: 1, to: 7}`. */
  name: (column: Column) => Record<string, number>
  label?: CohortQuery['label']
  /** Why no column can be answered. */
  invalid?: boolean
}

/**
 * Retention by cohorts: a series over the columns for all, and a table of cohorts (or of groups). Each cell says how many were
 * eligible; where nobody was, it is `not_matured` and no loss. Intervals are Wilson's at 95 %, in percent.
 */
export async function overCohorts(facts: Facts, question: Question, asked: CohortAsked): Promise<Answer> {
  const { definition, name, invalid, ...query } = asked
  const label = asked.label ?? question.period
  const rows = invalid ? [] : await facts.cohorts({ ...query, window: question.window, label })
  const cells = (counts: Sums) =>
    asked.columns.map((column, i) => {
      const [eligible, retained] = [counts.eligible[i] ?? 0, counts.retained[i] ?? 0]
      const result = invalid ? undefinedFor('invalid_input') : retentionRate({ size: counts.size, eligible, retained })
      const interval = result.value === null ? null : wilson({ n: eligible, successes: retained }, 0.05)
      return {
        ...name(column),
        ...result,
        retained,
        eligible,
        // Who is not eligible yet is still to come, not lost.
        maturing: counts.size - eligible,
        interval: interval?.map(limit => limit * 100) ?? null,
      }
    })
  const all = rows.filter(row => row.total)
  const series = cells(summed(all, asked.columns.length))
  const [first] = series
  const answer: Answer = {
    definition,
    unit: 'percent',
    value: first?.value ?? null,
    reason: first?.reason ?? null,
    numerator: first?.retained ?? null,
    denominator: first?.eligible ?? null,
    size: all.reduce((sum, row) => sum + row.size, 0),
    series,
  }
  if (question.grouped) {
    const groups = [...new Set(rows.filter(row => !row.total).map(row => row.group))]
    answer.table = groups.map(group => {
      const counts = summed(
        rows.filter(row => !row.total && row.group === group),
        asked.columns.length,
      )
      return { group, size: counts.size, cells: cells(counts) }
    })
  } else if (label !== undefined)
    answer.table = all
      .toSorted((a, b) => (a.label < b.label ? -1 : 1))
      .map(row => ({ cohort: row.label, size: row.size, cells: cells(row) }))
  return answer
}

type Sums = Omit<CohortCounts, 'label'>

/** Σ over cohorts: a rate of all is never a mean of rates. */
function summed(rows: readonly Grouped<CohortCounts>[], columns: number): Sums {
  const add = (of: (row: CohortCounts) => number[]) =>
    Array.from({ length: columns }, (_, i) => rows.reduce((sum, row) => sum + (of(row)[i] ?? 0), 0))
  return {
    size: rows.reduce((sum, row) => sum + row.size, 0),
    eligible: add(row => row.eligible),
    retained: add(row => row.retained),
  }
}
