import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PlayedApi, playedApi } from '../support/played-api.ts'

const day = 86_400_000
const hour = 3_600_000
// Five in the morning in Denver, and half past five in the evening in India.
const start = Date.UTC(2026, 2, 2, 12)
const email = (id: string) => ({
  kind: 'message',
  id,
  channel: 'email',
  content: { subject: id, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
})

let api: PlayedApi
beforeAll(async () => {
  api = await playedApi(start)
  const zones = ['Asia/Kolkata', 'America/Denver', 'Nowhere/At-all']
  await api.identify(3, i => ({
    timezone: zones[i],
    plan: i === 2 ? 'free' : 'pro',
    phone: '+46701740605',
    consents: { sms: 'subscribed' },
  }))
  const { version: _, ...settings } = (await api.call('GET', '/v1/settings')).body
  const caps = [{ channel: 'email', max: 1, per: '1d' }]
  expect((await api.call('PUT', '/v1/settings', { ...settings, caps })).status).toBe(200)
  Object.assign(api.settings, { caps })
})
afterAll(() => api.close())

// biome-ignore lint/suspicious/noExplicitAny: an answer of any shape
const explain = async (id: string, who: string): Promise<any> =>
  (await api.call('GET', `/v1/campaigns/${id}/explain?customer=${who}`)).body
const of = (explained: { decisions: { kind: string; step?: string }[] }, kind: string, step?: string) =>
  explained.decisions.find(decision => decision.kind === kind && (step === undefined || decision.step === step))

test('validate says how many are past the line already', async () => {
  const made = await api.call('POST', '/v1/campaigns', {
    name: 'Existing',
    trigger: { kind: 'date', attribute: 'createdAt', after: '1s' },
    goals: [{ key: 'g', kind: 'winBack', journey: [email('x')] }],
  })
  api.now.at += hour
  expect((await api.call('POST', `/v1/campaigns/${made.body.id}/validate`)).body).toMatchObject({ ok: true, existing: 3 })
  api.now.at -= hour
  expect((await api.call('GET', '/v1/webhook-secret')).body.secret).toMatch(/^whsec_/)
})

describe('why did this person get it, or not, or not yet', () => {
  test('each verdict tells what it rested on: the consent, the cap with its count, the hours on the customer’s own clock', async () => {
    const { id, run } = await api.launch({
      name: 'Explained',
      trigger: { kind: 'now' },
      audience: { attribute: 'plan', is: 'pro' },
      goals: [
        {
          key: 'g',
          kind: 'winBack',
          journey: [
            email('one'),
            email('two'),
            { kind: 'message', id: 'text', channel: 'sms', content: { body: 'Hello' } },
            { kind: 'await', id: 'hear', on: { event: 'Visited' }, within: '9d' },
          ],
        },
      ],
    })
    await api.play(run, start + hour)
    const india = await explain(id, 'c0')
    expect(india).toMatchObject({ enrolled: true, goal: 'g', step: 'hear' })
    expect(of(india, 'verdict', 'one')).toMatchObject({
      outcome: 'accepted',
      facts: {
        zone: 'Asia/Kolkata',
        localTime: '2026-03-02 17:30',
        consent: { mode: 'implied', record: null },
        caps: [{ channel: 'email', max: 1, per: '1d', count: 0 }],
      },
    })
    expect(of(india, 'verdict', 'two')).toMatchObject({
      outcome: 'skipped',
      reason: 'capped',
      facts: { evidence: { count: 1, max: 1, per: '1d' } },
    })
    expect(of(india, 'verdict', 'text')).toMatchObject({
      outcome: 'accepted',
      facts: { consent: { mode: 'explicit', record: { status: 'subscribed', source: 'api' } } },
    })
    expect(india.decisions.at(-1)).toMatchObject({
      kind: 'wait',
      step: 'hear',
      outcome: 'waiting',
      facts: { due: new Date(start + 9 * day).toISOString(), awaited: [{ event: 'Visited' }] },
    })
    const denver = await explain(id, 'c1')
    expect(of(denver, 'verdict', 'text')).toMatchObject({
      outcome: 'deferred',
      facts: { evidence: { because: 'quietHours', zone: 'America/Denver', localTime: '2026-03-02 05:00' } },
    })
    expect(denver.due >= new Date(start + 4 * hour).toISOString()).toBe(true)
  })

  test('who was never enrolled is told which part of the rule failed, down to the single question, and what the trigger saw', async () => {
    const { id } = await api.launch({
      name: 'Not you',
      trigger: { kind: 'inactivity', for: '7d' },
      audience: {
        all: [
          { attribute: 'email', exists: true },
          { any: [{ attribute: 'plan', is: 'pro' }, { not: { attribute: 'plan', is: 'free' } }] },
        ],
      },
      goals: [{ key: 'g', kind: 'winBack', journey: [email('x')] }],
    })
    await api.call('POST', '/v1/track', { userId: 'c2', event: 'Login', timestamp: new Date(start - 2 * day).toISOString() })
    const explained = await explain(id, 'c2')
    expect(explained.enrolled).toBe(false)
    expect(of(explained, 'audience')).toMatchObject({
      outcome: 'fails',
      facts: {
        parts: [
          { holds: true },
          {
            holds: false,
            parts: [
              { part: 'plan is "pro"', holds: false },
              { holds: false, parts: [{ part: 'plan is "free"', holds: true }] },
            ],
          },
        ],
      },
    })
    const { facts } = of(explained, 'trigger') as unknown as { facts: { trigger: string; lineAt: string } }
    expect(facts.trigger).toBe('when a customer has been silent for 7 days')
    expect(Date.parse(facts.lineAt)).toBe(start + 5 * day)
    expect((await api.call('GET', `/v1/campaigns/${id}/explain?customer=nobody`)).status).toBe(404)
  })

  test.each([
    [{ kind: 'event', event: 'Login' }, { events: 1 }],
    [{ kind: 'trialEnd', before: '3d' }, { subscription: null }],
    [{ kind: 'date', attribute: 'plan' }, { plan: 'free' }],
    [{ kind: 'now' }, {}],
  ])('the trigger %j tells what it knows of them', async (trigger, facts) => {
    const { id } = await api.launch({
      name: 'Facts',
      trigger,
      audience: trigger.kind === 'now' ? { attribute: 'plan', is: 'pro' } : { all: [] },
      goals: [{ key: 'g', kind: 'winBack', journey: [email('y')] }],
    })
    expect(of(await explain(id, 'c2'), 'trigger')).toMatchObject({ outcome: 'notMet', facts })
  })
})
