import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScores } from '../../activities/scores.ts'
import { defaultSettings } from '../../domain/settings.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { type Fact, tell } from '../support/facts.ts'

const now = new Date('2024-04-01T12:00:00.000Z')
let api: TestApi
beforeAll(async () => {
  api = await testApi({ clock: () => now })
  const day = (n: number) => new Date(now.getTime() - n * 86_400_000)
  await tell(api.db, [
    ...[77, 65, 53, 41].map((ago): Fact => ['silent', 'Order Completed', day(ago), { revenue: 20 }]),
    ['fresh', 'Order Completed', day(2), { revenue: 5 }],
    ['looker', 'Page Viewed', day(3)],
  ])
})
afterAll(() => api.close())

const scoresOf = (customer: string) => api.call('GET', `/v1/customers/${customer}/scores`)

describe('scores of a customer', () => {
  test('are not there before the first refresh, and say so', async () => {
    expect((await scoresOf('silent')).body).toEqual({
      customer: 'silent',
      at: null,
      lifecycle: null,
      rfm: null,
      health: null,
      churnRisk: null,
      superHealthy: null,
      history: [],
    })
    expect((await scoresOf('nobody')).status).toBe(404)
  })

  test('are each explained in a sentence', async () => {
    const { fitScores, scoreCustomers } = createScores({ db: api.db, settings: async () => defaultSettings() })
    await scoreCustomers(await fitScores({ at: now.getTime() }))
    const { body } = await scoresOf('silent')
    expect(body.lifecycle).toMatchObject({
      stage: 'lapsed',
      gap: 12,
      days: 41,
      because: 'lapsed: silent for 41 days, usual gap 12',
    })
    expect(body.rfm).toMatchObject({ recency: 1, frequency: 3, orders: 4, spend: 80 })
    expect(body.churnRisk).toMatchObject({ value: null, reason: 'too_few_customers' })
    expect(body.churnRisk.because).toContain('fewer than 500 customers')
    expect(body.health.value).toBeGreaterThanOrEqual(0)
    expect(body.health.because).toMatch(/ of 100: engagement 0, rhythm 0$/)
    expect(body.superHealthy.value).toBe(false)
    expect(body.history).toHaveLength(1)
    expect((await scoresOf('fresh')).body.lifecycle.because).toBe('new: silent for 2 days, usual gap 30')
    expect((await scoresOf('looker')).body).toMatchObject({ lifecycle: { stage: null, because: 'no purchase yet' }, rfm: null })
    const { data } = (await api.call('GET', '/v1/scores')).body
    expect(data[0]).toMatchObject({
      completed: true,
      scored: 3,
      buyers: 2,
      purchases: { params: null, reason: 'too_few_customers' },
    })
  })
})

test('what lies outside the scale is no answer to a survey, and takes no earlier one away', async () => {
  const ago = (days: number) => new Date(now.getTime() - days * 86_400_000)
  const answer = (who: string, days: number, survey: string, score: unknown): Fact => [
    who,
    'Survey Answered',
    ago(days),
    { survey, score },
  ]
  await tell(
    api.db,
    ['fond', 'half'].flatMap(who => [
      ...[1, 2, 3].map((days): Fact => [who, 'Login', ago(days)]),
      answer(who, 70, 'nps', who === 'half' ? 9.5 : 9),
      answer(who, 69, 'nps', 11),
      answer(who, 70, 'csat', 5),
      answer(who, 69, 'csat', 0),
    ]),
  )
  const { fitScores, scoreCustomers } = createScores({ db: api.db, settings: async () => defaultSettings() })
  await scoreCustomers(await fitScores({ at: now.getTime() }))
  expect((await scoresOf('fond')).body.superHealthy).toMatchObject({
    value: true,
    because: '3 events in 30 days, 0 in the 30 before, NPS answer 9, satisfaction 5 of 5',
  })
  expect((await scoresOf('half')).body.superHealthy).toMatchObject({
    value: false,
    because: expect.stringContaining('no NPS answer'),
  })
})

describe('refreshing', () => {
  test('starts the workflow once for each minute', async () => {
    const answer = await api.call('POST', '/v1/scores/refresh')
    expect(answer).toMatchObject({ status: 202, body: { refresh: 'scores/2024-04-01T12:00' } })
    expect(api.temporal.asked.at(-1)).toMatchObject({
      what: 'start',
      of: { workflow: 'scores', workflowId: 'scores/2024-04-01T12:00' },
    })
    expect((await api.call('POST', '/v1/scores/refresh', undefined, { key: await api.key('viewer') })).status).toBe(403)
  })

  test('weighs the health as it is set', async () => {
    const set = await api.call('PUT', '/v1/scores/settings', {
      health: { engagement: 0, rhythm: 1, subscription: 0, nps: 0, csat: 0 },
    })
    expect(set).toMatchObject({ status: 200, body: { version: 1, horizonDays: 90 } })
    const stale = await api.call('PUT', '/v1/scores/settings', {}, { headers: { 'if-match': '"7"' } })
    expect(stale.status).toBe(412)
    const { fitScores, scoreCustomers } = createScores({ db: api.db, settings: async () => defaultSettings() })
    await scoreCustomers(await fitScores({ at: now.getTime() + 1 }))
    expect((await scoresOf('fresh')).body.health).toMatchObject({ value: 100, coverage: 1 })
    const nothing = await api.call('PUT', '/v1/scores/settings', {
      health: { engagement: 0, rhythm: 0, subscription: 0, nps: 0, csat: 0 },
    })
    expect(nothing.status).toBe(400)
  })
})
