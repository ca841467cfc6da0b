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

  test('keeps its trigger, and says so', async () => {
    const { id } = await api.launch(campaign([say('k')]))
    await api.call('PUT', `/v1/campaigns/${id}`, campaign([say('k')], { trigger: { kind: 'event', event: 'Other' } }))
    const refused = await api.call('POST', `/v1/campaigns/${id}/publish`)
    expect([refused.status, refused.body.errors[0].code]).toEqual([422, 'liveTrigger'])
  })
})
