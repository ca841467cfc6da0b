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
const said = (explained: { decisions: { text: string }[] }) => explained.decisions.map(decision => decision.text)
const of = (explained: { decisions: { kind: string; text: string; step?: string }[] }, kind: string, step?: string) =>
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
    // The same in sentences: nobody reads an object to know why they were written to.
    expect(said(india)).toEqual([
      'Came in: at launch.',
      'They fit the audience: plan is "pro".',
      'Their goal is "g", the first whose rule they fit: everybody.',
      'Nothing is compared in this campaign: everybody gets the same.',
      'It left when their clock showed 2026-03-02 17:30 (Asia/Kolkata). Nothing they said forbade it, and no consent is asked for here. Before it they had had 0 e-mails within 1 day (at most 1).',
      'They had had 1 e-mail within 1 day; at most 1 are allowed.',
      'It left when their clock showed 2026-03-02 17:30 (Asia/Kolkata); quiet hours are from 20:00 to 09:00. They had said yes on 2026-03-02 (api).',
      'They wait for "Visited", until 2026-03-11 17:30 on their clock at the latest.',
    ])
    expect(of(denver, 'verdict', 'text')?.text).toMatch(
      /^Their clock showed 2026-03-02 05:00 \(America\/Denver\), and quiet hours last from 20:00 to 09:00; it leaves at 2026-03-02 09:\d\d there\.$/,
    )
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
    expect(said(explained)).toEqual([
      'They do not fit the audience (email is known and (plan is "pro" or not (plan is "free"))); what fails is marked.',
      'They fit the goal "g".',
      'Nothing has let them in: people come in when a customer has been silent for 7 days.',
    ])
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

  test('who had their stay is told whether they may come again, and what the audience says of them now', async () => {
    const days = (n: number) => new Date(api.now.at + n * day).toISOString()
    const { id, run } = await api.launch({
      name: 'Again',
      trigger: { kind: 'event', event: 'Asked' },
      audience: { attribute: 'plan', is: 'pro' },
      reentry: { after: '30d' },
      goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'wait', for: '1h' }] }],
    })
    await api.call('POST', '/v1/track', { userId: 'c0', event: 'Asked', timestamp: days(0) })
    await api.play(run, api.now.at + day)
    expect((await explain(id, 'c0')).decisions.at(-1)).toMatchObject({
      outcome: 'notAgain',
      facts: { reentry: { after: '30d' }, from: days(29) },
      text: expect.stringMatching(
        /^They came in at 2026-\d\d-\d\d \d\d:\d\d on their clock, and may come in again from 2026-\d\d-\d\d \d\d:\d\d\.$/,
      ),
    })
    // She has left the segment since: her stay tells of then, what follows tells of now.
    api.now.at += 40 * day
    await api.call('POST', '/v1/identify', { userId: 'c0', traits: { plan: 'free' } })
    const { decisions } = await explain(id, 'c0')
    expect(decisions.map(({ kind, outcome }: { kind: string; outcome: string }) => [kind, outcome]).slice(-3)).toEqual([
      ['trigger', 'mayAgain'],
      ['audience', 'fails'],
      ['trigger', 'notMet'],
    ])
    expect(decisions[1]).toMatchObject({ kind: 'audience', outcome: 'matches' })
    await api.call('POST', '/v1/identify', { userId: 'c0', traits: { plan: 'pro' } })
  })

  test('who is in a more important campaign of the group is told so, and so is who came after the audience was taken', async () => {
    const exclusive = (priority: number, who: unknown) => ({
      name: `Group ${priority}`,
      trigger: { kind: 'now' },
      audience: who,
      exclusive: { group: 'sales', priority },
      goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'wait', for: '9d' }] }],
    })
    const high = await api.launch(exclusive(5, { attribute: 'externalId', is: 'c1' }))
    await api.play(high.run, api.now.at + hour)
    const low = await api.launch(exclusive(1, { all: [] }))
    await api.play(low.run, api.now.at + hour)
    expect(of(await explain(low.id, 'c1'), 'audience')).toMatchObject({ outcome: 'matches' })
    expect((await explain(low.id, 'c1')).decisions).toContainEqual(
      expect.objectContaining({
        kind: 'audience',
        outcome: 'taken',
        reason: 'exclusive',
        facts: expect.objectContaining({ group: 'sales', by: high.id, itsPriority: 5 }),
        text: expect.stringContaining(`Campaign ${high.id} of the group "sales" has had them since 2026-`),
      }),
    )
    await api.call('POST', '/v1/identify', { userId: 'late', traits: { plan: 'pro' } })
    const late = await explain(low.id, 'late')
    const { facts } = of(late, 'trigger') as unknown as { facts: { audienceAt: string; customerSince: string } }
    expect(facts.audienceAt < facts.customerSince).toBe(true)
    await api.call('POST', `/v1/campaigns/${low.id}/stop`)
    await api.db.pool.query(`UPDATE run SET status = 'stopped' WHERE id = ${Number(low.run.slice(4))}`)
    expect(of(await explain(low.id, 'late'), 'trigger')).toMatchObject({ outcome: 'over', reason: 'stopped' })
  })

  test('a customer is found under a name of before too; one who was held out is told by which number, and an erased one is nobody', async () => {
    await api.call('POST', '/v1/batch', {
      batch: [
        { type: 'identify', anonymousId: 'visitor', traits: { plan: 'pro' } },
        { type: 'alias', previousId: 'old-name', userId: 'c0' },
        { type: 'identify', userId: 'gone', traits: { email: 'gone@mail.example', plan: 'pro' } },
      ],
    })
    const { id, run } = await api.launch({
      name: 'Held out',
      trigger: { kind: 'now' },
      experiment: { holdout: 0.95, variants: [{ key: 'a', weight: 1 }] },
      goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'wait', for: '9d' }] }],
    })
    await api.play(run, api.now.at + hour)
    expect(await explain(id, 'old-name')).toMatchObject({ customer: 'c0', enrolled: true })
    const people = await Promise.all(['c0', 'c1', 'c2', 'gone'].map(who => explain(id, who)))
    for (const one of people) {
      const { u, holdout } = (of(one, 'variant') as unknown as { facts: { u: number; holdout: number } }).facts
      expect(one.variant).toBe(u < holdout ? 'holdout' : 'a')
    }
    const held = people.find(({ variant }) => variant === 'holdout')
    expect(of(held, 'exit')).toMatchObject({ outcome: 'ended', reason: 'holdout' })
    expect(of(held, 'variant')?.text).toMatch(
      /^Kept out, to compare with: their number 0\.\d{4}, between 0 and 1, lies within the holdout's 95\.0 %\.$/,
    )
    expect((await api.call('DELETE', '/v1/customers/gone')).status).toBe(202)
    expect((await api.call('GET', `/v1/campaigns/${id}/explain?customer=gone`)).status).toBe(404)
  })
})
