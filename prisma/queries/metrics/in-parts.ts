import type { Grouped } from '../../../domain/metric/facts.ts'
import type { Sql } from '../../../domain/sql.ts'
import { type CustomerRange, inFewerParts, partsByWork } from '../customer-range.ts'
import type { Asking } from './facts.ts'

/** How much of the work is done for each customer and not for each event, and in how many parts at most. */
interface Division {
  ofCustomers?: number
  parts?: number
}

/** Asks a statement for each part of the customers, beside each other, and adds up what the answers say of the same group. */
export async function inParts<Row extends Grouped<object>>(
  asking: Asking,
  statement: (asking: Asking, part: CustomerRange) => Sql,
  add: (a: Row, b: Row) => Row,
  // One part for each session: what is asked of one event reads all of its name in each.
  { ofCustomers, parts = 3 }: Division = {},
): Promise<Row[]> {
  const of = { ...asking, population: await asking.population.settled(asking.tx) }
  const ranges = inFewerParts(asking.parts ?? (await partsByWork(asking.tx, ofCustomers)), parts)
  const rows = (await asking.tx.shares<Row>(ranges.map(range => statement(of, range)))).flat()
  const groups = new Map<string, Row>()
  for (const row of rows) {
    const key = JSON.stringify([row.total, row.group])
    const known = groups.get(key)
    groups.set(key, known ? add(known, row) : row)
  }
  return [...groups.values()]
}
