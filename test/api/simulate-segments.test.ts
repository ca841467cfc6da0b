import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type PlayedApi, playedApi } from '../support/played-api.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const iso = (at: number) => new Date(at).toISOString()

let api: PlayedApi
beforeAll(async () => {
  api = await playedApi(start)
  // One renews every twelve hours, from eighteen days ago on.
  await api.identify(30, i => ({ renews: iso(start - 18 * day + (i * day) / 2) }))
  await api.db.run(sql`UPDATE customer SET created_at = ${new Date(start - 30 * day)}`)
})
afterAll(() => api.close())

const document = (segment: string) => ({
  name: segment,
  trigger: { kind: 'segmentEntry', segment },
  reentry: 'always',
  goals: [
    {
      key: 'renew',
      kind: 'renewal',
      journey: [
        {
          kind: 'message',
          channel: 'email',
          content: { subject: 'Soon', html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
        },
        { kind: 'wait', for: '1h' },
      ],
    },
  ],
})

test.each([
  ['soon', { attribute: 'renews', withinNext: '3d' }],
  ['soon-and-rested', { all: [{ attribute: 'renews', withinNext: '3d' }, { not: { message: { was: 'sent' }, within: '30d' } }] }],
])('a past begun by a segment whose members change with time and with what is sent: %s', async (key, rule) => {
  expect((await api.call('POST', '/v1/segments', { key, name: key, rule })).status).toBe(201)
  const { body } = await api.call('POST', '/v1/campaigns', document(key))
  const past = await api.call('POST', `/v1/campaigns/${body.id}/simulate`, { from: iso(start - 20 * day), to: iso(start - day) })
  expect(past.status, past.text).toBe(200)
  // Whose three days had begun with or before the period were in it already.
  expect(past.body).toMatchObject({ past: true, run: { enrolled: 27 }, messages: [{ channel: 'email', sent: 27 }] })
  // What was played is forgotten: no note, no trigger, no look is left of it.
  expect(
    await api.db.rows(
      sql`SELECT 1 FROM pg_trigger WHERE tgrelid = 'public.message'::regclass AND tgname IN ('message_sent', 'message_engaged')`,
    ),
  ).toEqual([])
  expect(await api.db.rows(sql`SELECT 1 FROM segment_look`)).toEqual([])
})
