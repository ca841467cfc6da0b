import { afterAll, beforeAll, expect, test } from 'vitest'
import { simulate } from '../../activities/simulate.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { templates } from '../../domain/campaign/templates/index.ts'
import { triggerKinds } from '../../domain/campaign/triggers/index.ts'
import { sql } from '../../domain/sql.ts'
import { type Journeys, openJourneys, publicUrl, secretKey } from '../support/journey.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)

/** What brings customers into each template, beyond what its own trigger says. */
let journeys: Journeys
beforeAll(async () => {
  journeys = await openJourneys()
  const iso = (at: number) => new Date(at).toISOString()
  const entered = templates.flatMap(({ document }) => {
    const { trigger } = campaignSchema.parse(document)
    return trigger.kind === 'event' ? [trigger.event] : []
  })
  for (let i = 0; i < 5; i++) {
    const userId = `c${i}`
    await journeys.receive(start - 100 * day, { type: 'identify', userId, traits: { email: `c${i}@mail.example`, vip: true } })
    await journeys.receive(start - 60 * day, { type: 'track', userId, event: 'Login' })
    const subscription = { plan: 'pro', mrr: 20, currency: 'EUR', renewsAt: iso(start + 20 * day) }
    if (i % 2)
      await journeys.receive(start - 50 * day, { type: 'track', userId, event: 'Subscription Started', properties: subscription })
    else
      await journeys.receive(start - 50 * day, {
        type: 'track',
        userId,
        event: 'Trial Started',
        properties: { trialEndsAt: iso(start + 9 * day) },
      })
    for (const event of entered)
      await journeys.receive(start + (1 + i) * day, {
        type: 'track',
        userId,
        event,
        properties: { survey: 'nps', score: 10, revenue: 20, currency: 'EUR', orderId: `${i}` },
      })
  }
  // Scores are somebody else's work: here they are simply so.
  await journeys.db.run(
    sql`INSERT INTO customer_score (customer, at, churn_risk, super_healthy) SELECT id, ${new Date(start)}, 0.9, true FROM customer`,
  )
}, 120_000)
afterAll(() => journeys.close())

test.each(templates.map(template => [template.key, template] as const))(
  '%s brings its customers to the end of their journey',
  async (_, template) => {
    const document = campaignSchema.parse(template.document)
    const byEvent = triggerKinds[document.trigger.kind].entry(document.trigger).by === 'event'
    const result = await simulate(journeys.db, {
      campaign: 1,
      version: 1,
      document,
      settings: journeys.settings,
      links: { secretKey, publicUrl },
      from: new Date(start),
      to: new Date(start + 60 * day),
      past: byEvent,
      atMost: 1_000,
      stretchMs: 12 * 3_600_000,
      patienceMs: 60_000,
    })
    const enrolled = result.enrollments.reduce((sum, row) => sum + row.n, 0)
    expect(enrolled).toBeGreaterThan(0)
    expect(result.messages.filter(({ status }) => status === 'accepted').length).toBeGreaterThan(0)
    expect(result.messages.filter(({ reason }) => reason === 'invalidTemplateData')).toEqual([])
  },
)
