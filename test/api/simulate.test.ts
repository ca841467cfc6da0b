import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type PlayedApi, playedApi } from '../support/played-api.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const say = (subject: string) => ({
  kind: 'message',
  channel: 'email',
  content: { subject, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
})
const document = {
  name: 'Two goals',
  trigger: { kind: 'now' },
  goals: [
    {
      key: 'pro',
      kind: 'upsell',
      when: { attribute: 'plan', is: 'pro' },
      journey: [say('A'), { kind: 'wait', for: '2d' }, say('B')],
    },
    { key: 'email', kind: 'winBack', when: { attribute: 'email', exists: true }, journey: [say('C')] },
  ],
}

let api: PlayedApi
beforeAll(async () => {
  api = await playedApi(start)
  await api.identify(30, i => ({ plan: i < 10 ? 'pro' : 'free' }))
})
afterAll(() => api.close())

const draft = async () => (await api.call('POST', '/v1/campaigns', document)).body.id as string

describe('POST /v1/campaigns/{id}/simulate', () => {
  test('says what a launch now would do: entries, messages by step and channel, whose goal conflicts', async () => {
    const answer = await api.call('POST', `/v1/campaigns/${await draft()}/simulate`)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      past: false,
      sample: { customers: 30, of: 30, scale: 1 },
      entries: [{ day: '2026-03-02', entered: 30 }],
      messages: [{ channel: 'email', sent: 40, skipped: 0 }],
      goals: { byGoal: { pro: 10, email: 20 }, none: 0, several: 10, conflicts: [{ goals: ['pro', 'email'], customers: 10 }] },
      finished: true,
      run: { enrolled: 30, ended: { completed: 30 }, active: 0 },
    })
    expect((await api.call('GET', '/v1/campaigns')).body.data.every((row: { status: string }) => row.status === 'draft')).toBe(
      true,
    )
  })

  test('plays back a period, takes a sample, and refuses what lies ahead or ends before it begins', async () => {
    const id = await draft()
    const iso = (at: number) => new Date(at).toISOString()
    // The people of then: those this shop knew already.
    await api.db.run(sql`UPDATE customer SET created_at = ${new Date(start - 21 * day)} WHERE external_id <> 'c0'`)
    const past = await api.call('POST', `/v1/campaigns/${id}/simulate`, { from: iso(start - 20 * day), to: iso(start - day) })
    expect(past.body).toMatchObject({ past: true, run: { enrolled: 29 } })
    const sample = await api.call('POST', `/v1/campaigns/${id}/simulate`, { sample: 5 })
    expect(sample.body.sample.of).toBe(30)
    expect(sample.body.sample.scale).toBeGreaterThan(1)
    for (const [body, code] of [
      [{ from: iso(start - day), to: iso(start + day) }, 'future'],
      [{ from: iso(start - day), to: iso(start - 2 * day) }, 'emptyPeriod'],
      [{ to: iso(start - day) }, 'missing'],
    ] as const) {
      const refused = await api.call('POST', `/v1/campaigns/${id}/simulate`, body)
      expect([refused.status, refused.body.errors[0].code]).toEqual([422, code])
    }
    expect((await api.call('POST', `/v1/campaigns/${id}/simulate`, {}, { key: await api.key('viewer') })).status).toBe(403)
  })
})
