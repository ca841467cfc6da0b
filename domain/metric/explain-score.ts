import { type Texts, textsIn } from '../texts/texts.ts'
import { describeLifecycle } from './lifecycle.ts'
import type { CustomerScore } from './score.ts'

const round = (value: number, digits = 0) => Number(value.toFixed(digits))

/** Each score of one customer in a sentence: "at risk: silent for 41 days, usual gap 12". */
export function explainScore(score: CustomerScore, horizonDays: number, texts: Texts = textsIn.en) {
  const said = texts.scores
  const because = (reason: string): string => said.reasons[reason as keyof typeof said.reasons] ?? reason
  const { lifecycle, rfm, health, churn, expected, engagement, nps, csat } = score
  const parts = health.parts.flatMap(({ name, weight, score: part }) =>
    part === null || weight === 0 ? [] : [said.part(name, round(Math.min(100, Math.max(0, part))))],
  )
  return {
    lifecycle: describeLifecycle(lifecycle, texts),
    rfm: rfm === null ? because('no_orders') : said.rfm(rfm),
    health: health.value === null ? because(health.reason) : said.health(round(health.value), parts),
    churnRisk:
      churn.risk === null
        ? because(churn.reason)
        : said.churnRisk(round(churn.risk * 100), round(expected.purchases ?? 0, 2), horizonDays),
    superHealthy: [
      engagement === null ? said.neverSeen : said.engagement(engagement.recent, engagement.before),
      nps === null ? said.noNps : said.nps(nps),
      csat === null ? said.noCsat : said.csat(csat),
    ].join(', '),
  }
}
