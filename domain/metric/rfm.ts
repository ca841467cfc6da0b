/** Recency in whole days since the last order (few is best), frequency in orders, money as their sum, all within one window. */
export interface RfmInput {
  customer: string
  recencyDays: number
  frequency: number
  monetary: number
}

type Score = 1 | 2 | 3 | 4 | 5

interface RfmScore extends RfmInput {
  r: Score
  f: Score
  m: Score
}

export interface RfmScores {
  /** By customer id, ascending. */
  customers: RfmScore[]
  /** Where all customers are equal a score says nothing. */
  noSpread: { r: boolean; f: boolean; m: boolean }
}

/** Sums orders per customer up to `asOfDay` (day numbers); later orders are not known yet. */
export function rfmInputs(orders: readonly { customer: string; day: number; amount: number }[], asOfDay: number): RfmInput[] {
  const byCustomer = new Map<string, { last: number; frequency: number; monetary: number }>()
  for (const { customer, day, amount } of orders) {
    if (day > asOfDay) continue
    const known = byCustomer.get(customer) ?? { last: day, frequency: 0, monetary: 0 }
    byCustomer.set(customer, {
      last: Math.max(known.last, day),
      frequency: known.frequency + 1,
      monetary: known.monetary + amount,
    })
  }
  return [...byCustomer].map(([customer, { last, frequency, monetary }]) => ({
    customer,
    recencyDays: asOfDay - last,
    frequency,
    monetary,
  }))
}

/**
 * Scores 1 to 5, 5 is best (Hughes 1994). `rank`: 1 + ⌊5 · (customers strictly worse) / n⌋, equal values get equal scores.
 * `ntile`: SQL's NTILE(5) over (worst first, then customer id): buckets of even size, which split ties.
 */
export function scoreRfm(inputs: readonly RfmInput[], method: 'rank' | 'ntile' = 'rank'): RfmScores {
  const customers = [...inputs].sort((a, b) => (a.customer < b.customer ? -1 : a.customer > b.customer ? 1 : 0))
  const goodness = {
    r: customers.map(c => -c.recencyDays),
    f: customers.map(c => c.frequency),
    // Sums of money in doubles depend on their order in the last digits; ties must not.
    m: customers.map(c => Math.round(c.monetary * 1e6) / 1e6),
  }
  const score = method === 'rank' ? byRank : byTile
  const [r, f, m] = [score(goodness.r), score(goodness.f), score(goodness.m)]
  const flat = (values: readonly number[]) => values.length > 0 && values.every(value => value === values[0])
  return {
    customers: customers.map((c, i) => ({ ...c, r: r[i] ?? 1, f: f[i] ?? 1, m: m[i] ?? 1 })),
    noSpread: { r: flat(goodness.r), f: flat(goodness.f), m: flat(goodness.m) },
  }
}

function byRank(goodness: readonly number[]): Score[] {
  const sorted = goodness.toSorted((a, b) => a - b)
  const worse = new Map<number, number>()
  sorted.forEach((value, i) => {
    if (!worse.has(value)) worse.set(value, i)
  })
  return goodness.map(value => (1 + Math.floor((5 * (worse.get(value) ?? 0)) / goodness.length)) as Score)
}

/** Expects the customers in order of their id: the sort is stable, so that ties go by id. */
function byTile(goodness: readonly number[]): Score[] {
  const n = goodness.length
  const [size, larger] = [Math.floor(n / 5), n % 5]
  const scores = new Array<Score>(n).fill(1)
  const order = goodness.map((_, i) => i).sort((a, b) => (goodness[a] ?? 0) - (goodness[b] ?? 0))
  order.forEach((customer, position) => {
    const inLarger = larger * (size + 1)
    const bucket = position < inLarger ? Math.floor(position / (size + 1)) : larger + Math.floor((position - inLarger) / size)
    scores[customer] = (bucket + 1) as Score
  })
  return scores
}
