import { float8s, int4s, timestamptzs } from '../binary.ts'

/** An event as a row: whose, which, when (milliseconds since 1970), what it brought. */
interface EventRow {
  c: number
  n: number
  a: number
  v: number | null
}

interface Count {
  customer: number
  name: number
  count: number
  firstAt: number
  lastAt: number
  sum: number
}

/**
 * What events add to the counts of their customers, each row once and in the order in which everybody locks them; made here, since
 * sorting and grouping cost the database more. The events come in the order of their customers. Columns are arrays in PostgreSQL's own form.
 */
export function countOf(rows: readonly EventRow[]) {
  const stats: Count[] = []
  const seen: Omit<Count, 'name' | 'count' | 'sum'>[] = []
  for (let begin = 0, end = 0; begin < rows.length; begin = end) {
    const customer = rows[begin]!.c
    while (rows[end]?.c === customer) end++
    const own = countOfOne(rows.slice(begin, end))
    stats.push(...own)
    seen.push({
      customer,
      firstAt: Math.min(...own.map(each => each.firstAt)),
      lastAt: Math.max(...own.map(each => each.lastAt)),
    })
  }
  return {
    stats: {
      customer: int4s(stats.map(each => each.customer)),
      name: int4s(stats.map(each => each.name)),
      count: int4s(stats.map(each => each.count)),
      firstAt: timestamptzs(stats.map(each => each.firstAt)),
      lastAt: timestamptzs(stats.map(each => each.lastAt)),
      sum: float8s(stats.map(each => each.sum)),
    },
    seen: {
      customer: int4s(seen.map(each => each.customer)),
      firstAt: timestamptzs(seen.map(each => each.firstAt)),
      lastAt: timestamptzs(seen.map(each => each.lastAt)),
    },
  }
}

/** The counts of one customer, by the number of the name. */
function countOfOne(rows: readonly EventRow[]): Count[] {
  const counts = new Map<number, Count>()
  for (const { c, n, a, v } of rows) {
    const count = counts.get(n)
    if (!count) counts.set(n, { customer: c, name: n, count: 1, firstAt: a, lastAt: a, sum: v ?? 0 })
    else {
      count.count++
      count.sum += v ?? 0
      count.firstAt = Math.min(count.firstAt, a)
      count.lastAt = Math.max(count.lastAt, a)
    }
  }
  return [...counts.values()].sort((a, b) => a.name - b.name)
}
