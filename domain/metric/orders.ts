import { type Defined, defined, isAmount, type Reason, type Undefined, undefinedFor } from './result.ts'

/** An order as the metrics see it; one that was cancelled or refunded in full does not count. */
export interface OrderRow {
  customer: string
  order: string
  cancelled: boolean
}

export interface OrderCounts {
  customers: number
  /** Customers with two or more orders. */
  repeaters: number
  orders: number
}

/** Counts valid orders, each order id once, and who placed one, who two or more. */
export function countOrders(rows: readonly OrderRow[]): OrderCounts {
  const byCustomer = new Map<string, Set<string>>()
  for (const { customer, order, cancelled } of rows) {
    if (cancelled) continue
    const orders = byCustomer.get(customer)
    if (orders) orders.add(order)
    else byCustomer.set(customer, new Set([order]))
  }
  const sizes = [...byCustomer.values()].map(orders => orders.size)
  return { customers: sizes.length, repeaters: sizes.filter(size => size >= 2).length, orders: sizes.reduce((a, b) => a + b, 0) }
}

type OrderMetrics = { repeatRate: Defined; purchaseFrequency: Defined } | { repeatRate: Undefined; purchaseFrequency: Undefined }

/** Repeat rate (customers with ≥ 2 orders, in percent of those with ≥ 1) and purchase frequency (orders per customer) of one window. */
export function orderMetrics(counts: OrderCounts): OrderMetrics {
  const { customers, repeaters, orders } = counts
  const none = (reason: Reason) => ({ repeatRate: undefinedFor(reason), purchaseFrequency: undefinedFor(reason) })
  if (![customers, repeaters, orders].every(isAmount)) return none('invalid_input')
  if (repeaters > customers || orders < customers + repeaters) return none('inconsistent_counts')
  if (customers === 0) return none('no_orders')
  return { repeatRate: defined((repeaters / customers) * 100), purchaseFrequency: defined(orders / customers) }
}
