import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PlayedApi, playedApi } from '../support/played-api.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 2, 2, 10)

let api: PlayedApi
beforeAll(async () => {
  api = await playedApi(start)
  await api.identify(4)
})
afterAll(() => api.close())

const say = (subject: string, more: Record<string, unknown> = {}) => ({
  kind: 'message',
  channel: 'email',
  content: { subject, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
  ...more,
})
const campaign = (journey: unknown[], audience: unknown = { attribute: 'externalId', is: 'c0' }) => ({
  name: 'Test',
  trigger: { kind: 'now' },
  audience,
  goals: [{ key: 'g', kind: 'feedback', journey }],
})

describe('points', () => {
  test('are earned and redeemed once for each key, never below nothing, and lead to tiers', async () => {
    const tiers = [
      { key: 'silver', name: 'Silver', fromPoints: 100 },
      { key: 'gold', name: 'Gold', fromPoints: 1_000 },
    ]
    expect((await api.call('PUT', '/v1/loyalty/tiers', { tiers })).body).toEqual({ tiers })
    expect((await api.call('PUT', '/v1/loyalty/tiers', { tiers: [...tiers, { ...tiers[0], name: 'X' }] })).status).toBe(422)
    const earn = (points: number, key: string) => api.call('POST', '/v1/customers/c1/loyalty/earn', { points, key })
    expect((await earn(120, 'order-1')).body).toMatchObject({ balance: 120, earned: 120, tier: 'silver' })
    expect((await earn(120, 'order-1')).body).toMatchObject({ balance: 120 })
    expect((await earn(130, 'order-1')).status).toBe(409)
    const redeemed = await api.call('POST', '/v1/customers/c1/loyalty/redeem', { points: 100, key: 'r-1' })
    expect(redeemed.body).toMatchObject({ balance: 20, earned: 120, tier: 'silver', next: { key: 'gold', missing: 880 } })
    const refused = await api.call('POST', '/v1/customers/c1/loyalty/redeem', { points: 100, key: 'r-2' })
    expect(refused.status).toBe(409)
    expect(refused.body.errors[0]).toMatchObject({ path: '/points', code: 'tooFew' })
    const entries = await api.call('GET', '/v1/customers/c1/loyalty/entries')
    expect(entries.body.data.map((entry: { points: number }) => entry.points)).toEqual([-100, 120])
    expect((await api.call('GET', '/v1/customers/nobody/loyalty')).status).toBe(404)
  })

  test('are there once for many that redeem them in the same instant, and a movement told twice moves and tells once', async () => {
    await api.call('PUT', '/v1/loyalty/tiers', { tiers: [{ key: 'silver', name: 'Silver', fromPoints: 100 }] })
    const move = (verb: string, points: number, key: string) =>
      api.call('POST', `/v1/customers/c3/loyalty/${verb}`, { points, key })
    const earned = await Promise.all(Array.from({ length: 4 }, () => move('earn', 150, 'once')))
    expect(earned.map(({ status, body }) => [status, body.balance])).toEqual(Array.from({ length: 4 }, () => [200, 150]))
    const redeemed = await Promise.all(['a', 'b', 'c', 'd'].map(key => move('redeem', 100, key)))
    expect(redeemed.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
    expect((await api.call('GET', '/v1/customers/c3/loyalty')).body).toMatchObject({ balance: 50, earned: 150, tier: 'silver' })
    const told = await api.db.pool.query(
      `SELECT 1 FROM event ev JOIN event_name n ON n.id = ev.name JOIN customer c ON c.id = ev.customer
       WHERE n.name = 'Loyalty Tier Changed' AND c.external_id = 'c3'`,
    )
    expect(told.rowCount).toBe(1)
  })
})

describe('an offer', () => {
  test('is redeemed at the till once', async () => {
    const { run } = await api.launch(campaign([{ kind: 'offer', key: 'spring', value: 10, expires: '3d' }]))
    await api.play(run, api.now.at + hour)
    expect((await api.call('GET', '/v1/customers/c0/offers')).body.data).toMatchObject([
      { key: 'spring', value: 10, status: 'open' },
    ])
    expect((await api.call('POST', '/v1/offers/spring/redeem', { customer: 'c0' })).body).toMatchObject({ status: 'redeemed' })
    const again = await api.call('POST', '/v1/offers/spring/redeem', { customer: 'c0' })
    expect([again.status, again.body.errors[0].code]).toEqual([409, 'already'])
    expect((await api.call('POST', '/v1/offers/spring/redeem', { customer: 'c1' })).body.errors[0].code).toBe('notOffered')
  })
})

describe('a task', () => {
  test('is listed, completed with one of its outcomes, and rings the journey that waits for it', async () => {
    const { id, run } = await api.launch(
      campaign([{ kind: 'task', title: 'Call', assignee: 'anna', outcomes: { yes: [say('Yes')], no: [] } }]),
    )
    await api.play(run, api.now.at + hour)
    const listed = await api.call('GET', `/v1/tasks?status=open&assignee=anna&campaign=${id}`)
    expect(listed.body.data).toMatchObject([{ customer: 'c0', title: 'Call', outcomes: ['no', 'yes'], run }])
    const task = listed.body.data[0].id
    const refused = await api.call('POST', `/v1/tasks/${task}/complete`, { outcome: 'maybe' })
    expect([refused.status, refused.body.errors[0].code]).toEqual([422, 'unknownOutcome'])
    const done = await api.call('POST', `/v1/tasks/${task}/complete`, { outcome: 'yes', note: 'friendly' })
    expect(done.body).toMatchObject({ status: 'done', outcome: 'yes', note: 'friendly', completedBy: 'owner' })
    expect((await api.call('POST', `/v1/tasks/${task}/complete`, { outcome: 'no' })).status).toBe(409)
    expect(api.temporal.rung.length).toBeGreaterThan(0)
    await api.play(run, api.now.at + hour)
    expect(api.sent.filter(m => m.subject === 'Yes')).toHaveLength(1)
  })
})

describe('a survey', () => {
  test('is answered once on its page; a low score opens a task that holds advertising back', async () => {
    const everybody = { attribute: 'externalId', in: ['c2', 'c3'] }
    const { run } = await api.launch(campaign([{ kind: 'survey', survey: 'nps', channel: 'email' }], everybody))
    await api.play(run, api.now.at + hour)
    const linkOf = (who: string) => {
      const body = api.sent.find(m => m.to === `${who}@mail.example`)!.body
      return /https:\/\/shop\.example(\/s\/[\w-]+)/.exec(body)![1]!
    }
    const page = await api.call('GET', linkOf('c2'), undefined, { key: null })
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.text).toContain('recommend us')
    expect((await api.call('GET', '/v1/tasks?customer=c2')).body.data).toEqual([])
    const post = (who: string, form: string) =>
      api.call('POST', linkOf(who), form, {
        key: null,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
      })
    expect((await post('c2', 'score=11')).status).toBe(400)
    expect((await post('c2', 'score=3&comment=slow')).text).toContain('Thank you')
    expect((await post('c2', 'score=10')).status).toBe(200)
    const twice = await Promise.all([post('c3', 'score=10'), post('c3', 'score=10'), post('c3', 'score=10')])
    expect(twice.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await api.call('GET', linkOf('c2'), undefined, { key: null })).text).toContain('Thank you')
    expect((await api.call('GET', '/v1/tasks?customer=c2')).body.data).toMatchObject([
      { title: 'Low NPS score: 3', note: 'slow', holdsPromotions: true, status: 'open' },
    ])
    expect((await api.call('GET', '/v1/tasks?customer=c3')).body.data).toEqual([])
    const answers = await api.db.pool.query(
      `SELECT ev.properties->>'score' AS score FROM event ev JOIN event_name n ON n.id = ev.name WHERE n.name = 'Survey Answered' ORDER BY ev.id`,
    )
    expect(answers.rows).toEqual([{ score: '3' }, { score: '10' }])
    expect((await api.call('GET', `${linkOf('c2').slice(0, -2)}xx`, undefined, { key: null })).status).toBe(404)

    const sale = await api.launch(campaign([say('Sale')], everybody))
    await api.play(sale.run, api.now.at + day)
    expect(api.sent.filter(m => m.subject === 'Sale').map(m => m.to)).toEqual(['c3@mail.example'])
  })
})
