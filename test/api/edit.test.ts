import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type PlayedApi, playedApi } from '../support/played-api.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const say = (id: string) => ({
  kind: 'message',
  id,
  channel: 'email',
  content: { subject: id, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
})
const wait = (id: string, time = '2d') => ({ kind: 'wait', id, for: time })
const campaign = (journey: unknown[], more: Record<string, unknown> = {}) => ({
  name: 'Live',
  trigger: { kind: 'event', event: 'Signed Up' },
  experiment: { holdout: 0.5, variants: [{ key: 'a', weight: 1 }] },
  goals: [{ key: 'g', kind: 'onboarding', journey }],
  ...more,
})

let api: PlayedApi
beforeAll(async () => {
  api = await playedApi(start)
  await api.identify(40)
})
afterAll(() => api.close())

const signUp = (from: number, to: number) => async () => {
  const batch = Array.from({ length: to - from }, (_, i) => ({
    type: 'track',
    userId: `c${from + i}`,
    event: 'Signed Up',
    timestamp: new Date(api.now.at).toISOString(),
  }))
  const answer = await api.call('POST', '/v1/batch', { batch })
  if (answer.status !== 200) throw new Error(answer.text)
}
const sentTo = (id: string) => new Set(api.sent.filter(m => m.subject === id).map(m => m.to))
const variants = async (run: string) =>
  await api.db.rows<{ who: string; variant: string }>(sql`
    SELECT c.external_id AS who, e.variant FROM enrollment e JOIN customer c ON c.id = e.customer WHERE e.run = ${Number(run.slice(4))} ORDER BY 1`)

describe('editing a live campaign', () => {
  test('tells beforehand what changes for whom; new ones come on the new version, others move by step and nobody gets anything twice', async () => {
    const { id, run } = await api.launch(campaign([say('one'), wait('w1'), say('two'), wait('w2', '5d'), say('three')]))
    await signUp(0, 20)()
    await api.play(run, api.now.at + day)
    const inside = sentTo('one')
    const assigned = await variants(run)
    expect(inside.size).toBe(assigned.filter(({ variant }) => variant === 'a').length)
    expect((await api.call('POST', `/v1/campaigns/${id}/publish`)).status).toBe(409)

    // Two is taken out, a new one comes in after the wait they are in, and the beginning has another.
    const edited = campaign([say('zero'), say('one'), wait('w1'), say('new'), say('three')])
    expect((await api.call('PUT', `/v1/campaigns/${id}`, edited)).status).toBe(200)
    const diff = await api.call('GET', `/v1/campaigns/${id}/diff`)
    expect(diff.body).toMatchObject({
      from: 1,
      to: 2,
      steps: { added: ['zero', 'new'], removed: ['two', 'w2'], changed: [] },
      experimentChanged: false,
      triggerChanged: false,
      standing: [{ goal: 'g', step: 'w1', customers: inside.size, goesOnAt: 'new', what: 'goesOn' }],
      moving: 0,
      published: false,
    })
    const dry = await api.call('POST', `/v1/campaigns/${id}/publish`, { inFlight: 'move', dryRun: true })
    expect(dry.body).toEqual(diff.body)
    const done = await api.call('POST', `/v1/campaigns/${id}/publish`, { inFlight: 'move' })
    expect(done.body).toMatchObject({ published: true, run })
    expect((await api.call('POST', `/v1/campaigns/${id}/publish`, { inFlight: 'move' })).status).toBe(409)

    await signUp(20, 40)()
    await api.play(run, api.now.at + 10 * day)
    expect(sentTo('two').size).toBe(0)
    const everybody = await variants(run)
    // The experiment lives on: who was assigned stays assigned, and the new ones by the same hash.
    expect(everybody.filter(({ who }) => assigned.some(one => one.who === who))).toEqual(assigned)
    const treated = everybody.filter(({ variant }) => variant === 'a').length
    expect([sentTo('one').size, sentTo('new').size, sentTo('three').size]).toEqual([treated, treated, treated])
    expect(sentTo('zero').size).toBe(treated - inside.size)
    expect(api.sent.filter(m => m.subject === 'three')).toHaveLength(treated)
    const view = await api.call('GET', `/v1/runs/${run}`)
    expect(view.body).toMatchObject({ version: 2, enrolled: 40, active: 0 })
    expect(view.body.bySteps.find((step: { step: string }) => step.step === 'three')).toMatchObject({ sent: treated })
  })

  test('lets those under way finish where they are when they stay', async () => {
    const { id, run } = await api.launch(
      campaign([say('s-one'), wait('w1'), say('s-old')], { trigger: { kind: 'now' }, experiment: undefined }),
    )
    await api.play(run, api.now.at + day)
    await api.call('PUT', `/v1/campaigns/${id}`, campaign([say('s-new')], { trigger: { kind: 'now' } }))
    const done = await api.call('POST', `/v1/campaigns/${id}/publish`, { inFlight: 'stay' })
    expect(done.body).toMatchObject({ published: true, experimentChanged: true })
    const { body: versions } = await api.call('GET', `/v1/runs/${run}/versions`)
    expect(versions.data).toMatchObject([
      { version: 2, current: true, active: 0, waiting: {}, document: { goals: [{ journey: [{ id: 's-new' }] }] } },
      {
        version: 1,
        current: false,
        active: 40,
        waiting: { w1: 40 },
        document: { goals: [{ journey: [{}, {}, { id: 's-old' }] }] },
      },
    ])
    await api.play(run, api.now.at + 5 * day)
    expect([sentTo('s-old').size, sentTo('s-new').size]).toEqual([40, 0])
  })

  const edit = async (id: string, document: unknown, inFlight: 'stay' | 'move') => {
    await api.call('PUT', `/v1/campaigns/${id}`, document)
    const diff = await api.call('GET', `/v1/campaigns/${id}/diff`)
    const done = await api.call('POST', `/v1/campaigns/${id}/publish`, { inFlight })
    expect([done.status, done.body.published]).toEqual([200, true])
    return diff.body
  }
  const whoever = { experiment: undefined, reentry: 'always' }
  const did = (userId: string, event: string) => async () => {
    const timestamp = new Date(api.now.at).toISOString()
    await api.call('POST', '/v1/batch', { batch: [{ type: 'track', userId, event, timestamp }] })
  }

  test('with another trigger, lets in who comes by the new one and nobody by the old one; who is under way goes on', async () => {
    const { id, run } = await api.launch(
      campaign([say('t1'), wait('tw'), say('t2')], { ...whoever, trigger: { kind: 'event', event: 'Old' } }),
    )
    await did('c1', 'Old')()
    await api.play(run, api.now.at + day)
    const next = campaign([say('t1'), wait('tw'), say('t2'), say('t3')], { ...whoever, trigger: { kind: 'event', event: 'New' } })
    const diff = await edit(id, next, 'move')
    expect(diff).toMatchObject({
      triggerChanged: true,
      trigger: {
        before: 'when "Old" happens',
        after: 'when "New" happens',
        means: [expect.any(String), expect.stringContaining('from now on')],
      },
    })
    await did('c2', 'Old')()
    await did('c3', 'New')()
    await api.play(run, api.now.at + 5 * day)
    expect([...sentTo('t1')].sort()).toEqual(['c1@mail.example', 'c3@mail.example'])
    expect([...sentTo('t3')].sort()).toEqual(['c1@mail.example', 'c3@mail.example'])
  })

  test('begun by an event, it can go on by a schedule, turn by turn from then on, and end as one that enrolls once', async () => {
    const few = { ...whoever, audience: { attribute: 'email', in: ['c1@mail.example', 'c2@mail.example'] } }
    const { id, run } = await api.launch(campaign([say('u1')], { ...few, trigger: { kind: 'event', event: 'Old' } }))
    const before = api.now.at
    const moment = before + 3 * day
    // While it runs: its dispatcher learns of the edit by itself.
    const editAt = (at: number, trigger: object) => ({
      at,
      happen: async () => {
        api.now.at = at
        await edit(id, campaign([say('u1')], { ...few, trigger }), 'stay')
      },
    })
    const result = await api.play(run, before + 10 * day, [
      editAt(before + 3_600_000, { kind: 'schedule', cron: '0 12 * * *', timezone: 'UTC' }),
      editAt(before + 2 * day, { kind: 'at', at: new Date(moment).toISOString() }),
    ])
    const times = api.sent.filter(one => one.subject === 'u1').map(one => one.at)
    expect(times).toHaveLength(6)
    for (const at of times.slice(0, 4)) expect([at < before + 2 * day, new Date(at).getUTCHours()]).toEqual([true, 12])
    expect(times.slice(4)).toEqual([moment, moment])
    expect(result).toEqual({ ended: 'completed', at: moment })
    expect((await api.call('GET', `/v1/runs/${run}`)).body.status).toBe('completed')
  })

  test('that enrolled once, it can go on for whoever enters a segment from then on', async () => {
    await api.call('POST', '/v1/segments', { key: 'vips', name: 'VIPs', rule: { attribute: 'vip', is: true } })
    const vip = (userId: string) =>
      api.call('POST', '/v1/batch', { batch: [{ type: 'identify', userId, traits: { vip: true } }] })
    await vip('c1')
    const once = { ...whoever, trigger: { kind: 'now' }, audience: { attribute: 'email', is: 'c9@mail.example' } }
    const { id, run } = await api.launch(campaign([say('v1'), wait('vw', '20d')], once))
    await api.play(run, api.now.at + day)
    await edit(
      id,
      campaign([say('v1'), wait('vw', '20d')], { ...whoever, trigger: { kind: 'segmentEntry', segment: 'vips' } }),
      'stay',
    )
    await vip('c2')
    await api.activities.sweepRuns({ at: api.now.at + 1_000 })
    await api.play(run, api.now.at + day)
    expect([...sentTo('v1')].sort()).toEqual(['c2@mail.example', 'c9@mail.example'])
    // The one who entered at the launch has long left, and the run goes on.
    await api.play(run, api.now.at + 30 * day)
    expect((await api.call('GET', `/v1/runs/${run}`)).body.status).toBe('running')
  })
})
