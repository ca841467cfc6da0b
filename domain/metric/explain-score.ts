import { describeLifecycle } from './lifecycle.ts'
import type { CustomerScore } from './score.ts'

const words: Record<string, string> = {
  no_orders: 'no purchase yet',
  no_repeat: 'one purchase only: the model cannot tell whether the customer will come back',
  too_few_customers: 'fewer than 500 customers with a purchase: too few to learn from',
  too_few_repeaters: 'fewer than 50 customers bought again: too few to learn from',
  no_fit: 'the model does not fit these purchases',
  invalid_input: 'the purchases cannot be read as a history',
  insufficient_parts: 'less than half of what the score rests on is known',
}
const because = (reason: string): string => words[reason] ?? reason

const round = (value: number, digits = 0) => Number(value.toFixed(digits))

/** Each score of one customer in a sentence: "at risk: silent for 41 days, usual gap 12". */
export function explainScore(score: CustomerScore, horizonDays: number) {
  const { lifecycle, rfm, health, churn, expected, engagement, nps, csat } = score
  const parts = health.parts.flatMap(({ name, weight, score: part }) =>
    part === null || weight === 0 ? [] : [`${name} ${round(Math.min(100, Math.max(0, part)))}`],
  )
  return {
    lifecycle: describeLifecycle(lifecycle),
    rfm:
      rfm === null
        ? because('no_orders')
        : `last order ${rfm.recencyDays} days ago (${rfm.recency} of 5), ${rfm.orders} orders (${rfm.frequency} of 5), ${rfm.spend} spent (${rfm.monetary} of 5)`,
    health: health.value === null ? because(health.reason) : `${round(health.value)} of 100: ${parts.join(', ')}`,
    churnRisk:
      churn.risk === null
        ? because(churn.reason)
        : `${round(churn.risk * 100)} % likely gone; ${round(expected.purchases ?? 0, 2)} purchases expected in ${horizonDays} days`,
    superHealthy: [
      engagement === null ? 'never seen' : `${engagement.recent} events in 30 days, ${engagement.before} in the 30 before`,
      nps === null ? 'no NPS answer' : `NPS answer ${nps}`,
      csat === null ? 'no satisfaction answer' : `satisfaction ${csat} of 5`,
    ].join(', '),
  }
}
