import { float8s, int4s, timestamptzs } from '../binary.ts'

/** An event as a row: whose, which, when (milliseconds since 1970), what it brought. */
interface EventRow {
  c: number
  n: number
  a: number
  v: number | null
}

interface Seen {
  customer: number
  firstAt: number
  lastAt: number
}

interface Count extends Seen {
  name: number
  count: number
  sum: number
}

/**
 * What events add to the counts of their customers, each row once and in the order in which everybody locks them; made here, since
 * sorting and grouping cost the database more. Columns are arrays in PostgreSQL's own form.
 */
export function countOf(rows: readonly EventRow[]) {
  const stats: Count[] = []
  const seen: Seen[] = []
  for (const { c, n, a, v } of rows.toSorted((one, other) => one.c - other.c || one.n - other.n)) {
    const last = seen.at(-1)
    if (last?.customer === c) extend(last, a)
    else seen.push({ customer: c, firstAt: a, lastAt: a })
    const stat = stats.at(-1)
    if (stat?.customer === c && stat.name === n) {
      extend(stat, a)
      stat.count++
      stat.sum += v ?? 0
    } else stats.push({ customer: c, name: n, count: 1, firstAt: a, lastAt: a, sum: v ?? 0 })
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

function extend(span: Seen, at: number): void {
  if (at < span.firstAt) span.firstAt = at
  else if (at > span.lastAt) span.lastAt = at
}
