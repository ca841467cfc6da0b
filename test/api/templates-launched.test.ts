import { afterAll, beforeAll, expect, test } from 'vitest'
import { runVirtually } from '../../activities/virtual-clock.ts'
import { templates } from '../../domain/campaign/templates/index.ts'
import { runIds } from '../../domain/ids.ts'
import { findRun } from '../../prisma/queries/runs.ts'
import { type PlayedApi, playedApi } from '../support/played-api.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 8)
const iso = (at: number) => new Date(at).toISOString()

/** What begins a campaign by event, as a shop would tell it. */
const properties = { survey: 'nps', score: 10, revenue: 20, currency: 'EUR', orderId: '1', amount: 12 }

let api: PlayedApi
beforeAll(async () => {
  api = await playedApi(start - 60 * day)
  await api.identify(2, () => ({ vip: true }))
  await tell('c0', 'Login')
  await tell('c1', 'Login')
  api.now.at = start - 29 * day
  const renewsAt = iso(start + 5 * day)
  await tell('c0', 'Subscription Started', { plan: 'pro', mrr: 20, currency: 'EUR', renewsAt })
  await tell('c1', 'Trial Started', { plan: 'pro', trialEndsAt: iso(start + 8 * day) })
  // Scores are somebody else's work: here they are simply so.
  await api.db.pool.query(
    `INSERT INTO customer_score (customer, at, churn_risk, super_healthy) SELECT id, to_timestamp(0), 0.9, true FROM customer`,
  )
  api.now.at = start
}, 120_000)
afterAll(() => api.close())

const tell = async (userId: string, event: string, more: Record<string, unknown> = {}) => {
  const call = { userId, event, properties: more, timestamp: iso(api.now.at) }
  expect((await api.call('POST', '/v1/track', call)).status).toBe(200)
}

test.each(templates.map(({ key }) => key))(
  '%s is made, found valid, simulated, launched as it stands, and writes to its customers',
  { timeout: 300_000 },
  async key => {
    const { document } = (await api.call('GET', `/v1/templates/${key}`)).body
    api.now.at = start
    const made = await api.call('POST', '/v1/campaigns', document)
    expect(made.status, made.text).toBe(201)
    const at = (what: string) => `/v1/campaigns/${made.body.id}/${what}`
    expect((await api.call('POST', at('validate'))).body).toMatchObject({ ok: true, problems: [] })
    const simulated = await api.call('POST', at('simulate'), {})
    expect(simulated.status, simulated.text).toBe(200)
    const launched = await api.call('POST', at('launch'))
    expect(launched.status, launched.text).toBe(202)
    const run = (await findRun(api.db, runIds.read(launched.body.run)!))!

    const before = api.sent.length
    const { trigger } = document
    const until = start + 40 * day
    for (let from = start; from < until && api.sent.length === before; from += 2 * day) {
      api.now.at = from
      if (trigger.kind === 'event' && from === start) await tell('c0', trigger.event, properties)
      await api.activities.sweepRuns({ at: from + day })
      const { campaign, id, finite } = run
      await runVirtually({ activities: api.activities, campaign, run: id, finite, snapshot: true, from, until: from + 2 * day })
    }
    expect(api.sent.length).toBeGreaterThan(before)
    expect(api.sent.slice(before).every(({ to, body }) => /^c[01]@|^\+|^\d+$/.test(to) && !body.includes('{{'))).toBe(true)
    await api.db.pool.query(`UPDATE run SET status = 'stopped' WHERE id = $1`, [run.id])
    const view = await api.call('GET', `/v1/runs/${launched.body.run}`)
    expect(view.body.enrolled).toBeGreaterThan(0)
  },
)
