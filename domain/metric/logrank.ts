import { chiSquareUpper } from './numerics.ts'
import type { LifeTable } from './survival.ts'

export type LogRank =
  | { reason: null; chi2: number; df: number; p: number; observed: Record<string, number>; expected: Record<string, number> }
  | { reason: 'no_observations' | 'single_group' | 'no_events' }

/**
 * Log-rank test that all groups end at one pace (Mantel 1966): chi-square of observed against expected ends, upper tail.
 * A group that was never at risk when anybody ended says nothing and takes no degree of freedom.
 */
export function logRank(tables: Readonly<Record<string, LifeTable>>): LogRank {
  const groups = Object.entries(tables).filter(([, table]) => table.length > 0)
  if (groups.length === 0) return { reason: 'no_observations' }
  if (groups.length === 1) return { reason: 'single_group' }
  const names = groups.map(([name]) => name)
  const count = names.length
  const observed = new Array<number>(count).fill(0)
  const expected = new Array<number>(count).fill(0)
  const covariance = Array.from({ length: count }, () => new Array<number>(count).fill(0))
  const atRisk = groups.map(([, table]) => table.reduce((sum, row) => sum + row.events + row.censored, 0))
  for (const rows of atEachTime(groups.map(([, table]) => table))) {
    const events = rows.reduce((sum, row) => sum + row.events, 0)
    const total = atRisk.reduce((a, b) => a + b, 0)
    if (events > 0) {
      const share = atRisk.map(n => n / total)
      const spread = total > 1 ? (events * (total - events)) / (total - 1) : 0
      share.forEach((mine, g) => {
        observed[g] = (observed[g] ?? 0) + (rows[g]?.events ?? 0)
        expected[g] = (expected[g] ?? 0) + events * mine
        share.forEach((theirs, h) => {
          const row = covariance[g]
          if (row) row[h] = (row[h] ?? 0) + spread * mine * ((g === h ? 1 : 0) - theirs)
        })
      })
    }
    rows.forEach((row, g) => {
      atRisk[g] = (atRisk[g] ?? 0) - row.events - row.censored
    })
  }
  if (observed.every(o => o === 0)) return { reason: 'no_events' }
  const telling = names.map((_, g) => g).filter(g => (expected[g] ?? 0) > 0)
  if (telling.length < 2) return { reason: 'single_group' }
  const used = telling.slice(0, -1)
  const difference = used.map(g => (observed[g] ?? 0) - (expected[g] ?? 0))
  const solved = solve(
    used.map(g => used.map(h => covariance[g]?.[h] ?? 0)),
    difference,
  )
  const chi2 = Math.max(
    0,
    difference.reduce((sum, d, i) => sum + d * (solved[i] ?? 0), 0),
  )
  const named = (values: readonly number[]) => Object.fromEntries(names.map((name, g) => [name, values[g] ?? 0]))
  return {
    reason: null,
    chi2,
    df: used.length,
    p: chiSquareUpper(chi2, used.length),
    observed: named(observed),
    expected: named(expected),
  }
}

/** Walks the tables together: for every time that occurs, the row of each group (zeros where it has none). */
function* atEachTime(tables: readonly LifeTable[]): Generator<{ events: number; censored: number }[]> {
  const next = tables.map(() => 0)
  for (;;) {
    const times = tables.map((table, g) => table[next[g] ?? 0]?.time ?? Infinity)
    const time = Math.min(...times)
    if (time === Infinity) return
    yield tables.map((table, g) => {
      if (times[g] !== time) return { events: 0, censored: 0 }
      const row = table[next[g] ?? 0]
      next[g] = (next[g] ?? 0) + 1
      return { events: row?.events ?? 0, censored: row?.censored ?? 0 }
    })
  }
}

/** Solves a small symmetric system by elimination with row exchange; a direction without variance contributes nothing. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0])
  const n = rows.length
  for (let column = 0; column < n; column++) {
    const pivotRow = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column] ?? 0) > Math.abs(best[column] ?? 0) ? row : best))
    const at = rows.indexOf(pivotRow)
    const top = rows[column]
    if (top) [rows[column], rows[at]] = [pivotRow, top]
    const pivot = pivotRow[column] ?? 0
    if (Math.abs(pivot) < 1e-12) continue
    for (const row of rows) {
      if (row === pivotRow) continue
      const factor = (row[column] ?? 0) / pivot
      for (let k = column; k <= n; k++) row[k] = (row[k] ?? 0) - factor * (pivotRow[k] ?? 0)
    }
  }
  return rows.map((row, i) => (Math.abs(row[i] ?? 0) < 1e-12 ? 0 : (row[n] ?? 0) / (row[i] ?? 1)))
}
