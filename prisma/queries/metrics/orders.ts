import type { Grouped, OrderTotals } from '../../../domain/metric/facts.ts'
import type { OrderCounts } from '../../../domain/metric/orders.ts'
import type { Window } from '../../../domain/metric/periods.ts'
import { raw, type Sql, sql } from '../../../domain/sql.ts'
import { type CustomerRange, within } from '../customer-range.ts'
import { currencyOf, faceAmount, rateOf } from '../order-amount.ts'
import type { Asking } from './facts.ts'
import { inParts } from './in-parts.ts'

const orderId = raw(`coalesce(e.properties ->> 'orderId', e.properties ->> 'order_id')`)

/**
 * Orders of a window as rows (customer, at, amount, rate, currency): each order id once, what came back taken off, those that were
 * cancelled or wholly refunded (by what is known at `asOf`) left out. An order without an id is one by itself.
 */
export function ordersOf(
  { eventId, asOf, reporting, rates }: Pick<Asking, 'eventId' | 'asOf' | 'reporting' | 'rates'>,
  { from, to }: Window,
  part?: CustomerRange,
): Sql {
  const [order, cancelled, refunded] = ['Order Completed', 'Order Cancelled', 'Order Refunded'].map(eventId)
  const ref = orderId
  const taken = sql`SELECT e.customer, ${ref} AS ref, bool_or(e.name = ${cancelled ?? 0}::int OR ${faceAmount('e')} IS NULL) AS wholly, sum(${faceAmount('e')}) AS amount,
      min(${currencyOf('e')}) AS least, max(${currencyOf('e')}) AS most, CASE WHEN bool_and(${rateOf('e', { reporting, rates })} IS NOT NULL) THEN sum(${faceAmount('e')} * ${rateOf('e', { reporting, rates })}) END AS worth
    FROM event e WHERE e.name = ANY(${[cancelled, refunded].filter(id => id !== undefined)}::int[]) AND e.at <= ${asOf}::timestamptz${within('e.customer', part)} GROUP BY 1, 2`
  const placed = sql`SELECT e.customer, ${ref} AS ref, min(e.at) AS at, max(${faceAmount('e')}) AS amount, max(upper(e.properties ->> 'currency')) AS currency
    FROM event e WHERE e.name = ${order ?? 0}::int AND e.at >= ${from}::timestamptz AND e.at < ${to}::timestamptz${within('e.customer', part)} GROUP BY 1, 2, CASE WHEN ${ref} IS NULL THEN e.id END`
  const some = cancelled !== undefined || refunded !== undefined
  const rate = sql`CASE WHEN coalesce(o.currency, ${reporting}) = ${reporting} THEN 1 ELSE (${JSON.stringify(rates)}::jsonb ->> o.currency)::float8 END`
  if (!some)
    return sql`SELECT o.customer, o.at, coalesce(o.amount, 0) AS amount, coalesce(o.currency, ${reporting}) AS currency, ${rate} AS rate, NULL::text AS foreign_currency
      FROM (${placed}) o`
  // What came back in another currency than the order's is worth what the rates say; where they do not, nobody can tell what is left.
  return sql`SELECT o.customer, o.at, coalesce(o.amount, 0) - coalesce(o.back, 0) AS amount, o.currency, CASE WHEN o.untold IS NULL THEN o.rate END AS rate, o.untold AS foreign_currency
    FROM (SELECT o.*, t.ref IS NOT NULL AND t.wholly AS wholly, b.back, CASE WHEN t.ref IS NOT NULL AND NOT t.wholly AND b.back IS NULL THEN CASE WHEN t.least = o.currency THEN t.most ELSE t.least END END AS untold
      FROM (SELECT o.customer, o.at, o.ref, o.amount, coalesce(o.currency, ${reporting}) AS currency, ${rate} AS rate FROM (${placed}) o) o
      LEFT JOIN (${taken}) t ON t.customer = o.customer AND t.ref = o.ref
      CROSS JOIN LATERAL (SELECT CASE WHEN coalesce(t.least = o.currency AND t.most = o.currency, true) THEN t.amount ELSE t.worth / nullif(o.rate, 0) END AS back) b) o
    WHERE NOT o.wholly AND (o.back IS NULL OR o.back < coalesce(o.amount, 0) - 5e-7)`
}

/** Orders, who placed one and who two or more, and what they brought. */
export async function orderTotals(asking: Asking, window: Window): Promise<Grouped<OrderTotals>[]> {
  type Row = Grouped<Omit<OrderTotals, 'revenue'> & { raw: number; converted: number }>
  const rows = await inParts<Row>(
    asking,
    (of, part) => sql`SELECT ${of.population.keys}, ${counts},
      coalesce(sum(raw), 0) AS raw, coalesce(sum(converted), 0) AS converted, coalesce(bool_or(unrated), false) AS unrated,
      coalesce(array_remove(array_agg(DISTINCT least_currency) || array_agg(DISTINCT most_currency), NULL), '{}') AS currencies
    FROM (SELECT customer, count(*) AS orders, sum(amount) AS raw, sum(amount * rate) AS converted, bool_or(rate IS NULL) AS unrated,
        min(least(currency, foreign_currency)) AS least_currency, max(greatest(currency, foreign_currency)) AS most_currency
      FROM (${ordersOf(of, window, part)}) o GROUP BY customer) x ${of.population.joinIn(part)} ${of.population.groupBy()}`,
    (a, b) => ({
      ...addOrders(a, b),
      raw: a.raw + b.raw,
      converted: a.converted + b.converted,
      unrated: a.unrated || b.unrated,
      currencies: [...a.currencies, ...b.currencies],
    }),
    halves,
  )
  return rows.map(({ raw: sum, converted, currencies, ...row }) => ({
    ...row,
    currencies: [...new Set(currencies)],
    revenue: { raw: sum, converted },
  }))
}

/** Orders, who placed one and who two or more: what they brought is not read, but where something may have come back. */
export const orderCounts = (asking: Asking, window: Window): Promise<Grouped<OrderCounts>[]> =>
  inParts<Grouped<OrderCounts>>(
    asking,
    (of, part) => sql`SELECT ${of.population.keys}, ${counts}
    FROM (SELECT customer, sum(n) AS orders FROM (${ordersCounted(of, window, part)}) o GROUP BY customer) x ${of.population.joinIn(part)} ${of.population.groupBy()}`,
    addOrders,
    halves,
  )

/** The table is read for ids of orders, all of it for each part: no more of them than processors everybody has, with as many orders in each. */
const halves = { ofCustomers: 0, parts: 2 }

const counts = raw(
  'count(*) AS customers, count(*) FILTER (WHERE orders >= 2) AS repeaters, coalesce(sum(orders), 0)::bigint AS orders',
)

const addOrders = <Row extends OrderCounts>(a: Row, b: Row): Row => ({
  ...a,
  customers: a.customers + b.customers,
  repeaters: a.repeaters + b.repeaters,
  orders: a.orders + b.orders,
})

/** How many orders: of each order id one, and all without an id together. */
function ordersCounted(asking: Asking, { from, to }: Window, part: CustomerRange): Sql {
  const { eventId } = asking
  if (['Order Cancelled', 'Order Refunded'].some(name => eventId(name) !== undefined))
    return sql`SELECT customer, 1 AS n FROM (${ordersOf(asking, { from, to }, part)}) placed`
  return sql`SELECT customer, CASE WHEN ref IS NULL THEN count(*) ELSE 1 END AS n
    FROM (SELECT e.customer, ${orderId} AS ref FROM event e
      WHERE e.name = ${eventId('Order Completed') ?? 0}::int AND e.at >= ${from}::timestamptz AND e.at < ${to}::timestamptz${within('e.customer', part)}) placed
    GROUP BY customer, ref`
}

/** How many placed the first order of their life in the window. */
export const firstOrderCounts = (
  { tx, population, eventId }: Asking,
  { from, to }: Window,
): Promise<Grouped<{ customers: number }>[]> =>
  tx.rows(sql`SELECT ${population.keys}, count(*) AS customers
    FROM (SELECT customer FROM event_stat WHERE name = ${eventId('Order Completed') ?? 0}::int AND first_at >= ${from}::timestamptz AND first_at < ${to}::timestamptz) x
    ${population.join} ${population.groupBy()}`)

/** Orders of the window in a currency that has no rate. */
export const ordersWithoutRate = async (asking: Asking, window: Window): Promise<number> =>
  (
    await asking.tx.row<{ n: number }>(
      sql`SELECT count(*) AS n FROM (${ordersOf(asking, window)}) x ${asking.population.join} WHERE x.rate IS NULL`,
    )
  )?.n ?? 0
