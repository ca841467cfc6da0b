interface Rfm {
  recencyDays: number
  recency: number
  orders: number
  frequency: number
  spend: number
  monetary: number
}

/** Of the catalogue: why a customer has the scores they have. Rounded numbers come in. */
export const scores = {
  reasons: {
    no_orders: 'no purchase yet',
    no_repeat: 'one purchase only: the model cannot tell whether the customer will come back',
    too_few_customers: 'fewer than 500 customers with a purchase: too few to learn from',
    too_few_repeaters: 'fewer than 50 customers bought again: too few to learn from',
    no_fit: 'the model does not fit these purchases',
    invalid_input: 'the purchases cannot be read as a history',
    insufficient_parts: 'less than half of what the score rests on is known',
  },
  lifecycle: (stage: string, days: number, gap: number): string =>
    `${stage}: silent for ${days} day${days === 1 ? '' : 's'}, usual gap ${gap}`,
  rfm: ({ recencyDays, recency, orders, frequency, spend, monetary }: Rfm): string =>
    `last order ${recencyDays} days ago (${recency} of 5), ${orders} orders (${frequency} of 5), ${spend} spent (${monetary} of 5)`,
  part: (name: string, score: number): string => `${name} ${score}`,
  health: (value: number, parts: readonly string[]): string => `${value} of 100: ${parts.join(', ')}`,
  churnRisk: (percent: number, purchases: number, days: number): string =>
    `${percent} % likely gone; ${purchases} purchases expected in ${days} days`,
  neverSeen: 'never seen',
  engagement: (recent: number, before: number): string => `${recent} events in 30 days, ${before} in the 30 before`,
  noNps: 'no NPS answer',
  nps: (answer: number): string => `NPS answer ${answer}`,
  noCsat: 'no satisfaction answer',
  csat: (answer: number): string => `satisfaction ${answer} of 5`,
}
