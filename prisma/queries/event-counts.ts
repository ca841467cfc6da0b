/** An event as a row: whose, which, when (ISO 8601 in UTC), what it brought. */
interface EventRow {
  c: number
  n: number
  a: string
  v: number | null
}

interface Count {
  customer: number
  name: number
  count: number
  firstAt: string
  lastAt: string
  sum: number
}

/** A column as PostgreSQL reads an array of numbers or of times. */
const column = (values: readonly (number | string)[]): string => `{${values.join(',')}}`

/**
 * What events add to the counts of their customers, each row once and in the order in which everybody locks them; made here, since
 * sorting and grouping cost the database more. Columns are texts of arrays.
 */
export function countOf(rows: readonly EventRow[]) {
  const byCustomer = new Map<number, Map<number, Count>>()
  for (const { c, n, a, v } of rows) {
    const own = byCustomer.get(c) ?? new Map<number, Count>()
    if (own.size === 0) byCustomer.set(c, own)
    const count = own.get(n)
    if (!count) own.set(n, { customer: c, name: n, count: 1, firstAt: a, lastAt: a, sum: v ?? 0 })
    else {
      count.count++
      count.sum += v ?? 0
      if (a < count.firstAt) count.firstAt = a
      if (a > count.lastAt) count.lastAt = a
    }
  }
  const customers = [...byCustomer.keys()].sort((a, b) => a - b)
  const stats = customers.flatMap(customer => [...byCustomer.get(customer)!.values()].sort((a, b) => a.name - b.name))
  const least = (customer: number) =>
    [...byCustomer.get(customer)!.values()].reduce((a, b) => (b.firstAt < a.firstAt ? b : a)).firstAt
  const greatest = (customer: number) =>
    [...byCustomer.get(customer)!.values()].reduce((a, b) => (b.lastAt > a.lastAt ? b : a)).lastAt
  return {
    stats: {
      customer: column(stats.map(each => each.customer)),
      name: column(stats.map(each => each.name)),
      count: column(stats.map(each => each.count)),
      firstAt: column(stats.map(each => each.firstAt)),
      lastAt: column(stats.map(each => each.lastAt)),
      sum: column(stats.map(each => each.sum)),
    },
    seen: { customer: column(customers), firstAt: column(customers.map(least)), lastAt: column(customers.map(greatest)) },
  }
}
