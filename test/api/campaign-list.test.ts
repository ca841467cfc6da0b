import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await testApi()
})
afterAll(() => api.close())

const pro = { attribute: 'plan', is: 'pro' }

test('campaigns are listed page after page, by how they stand and by a part of their name, and briefly without their letters', async () => {
  const journey = [{ kind: 'wait', for: '1d' }]
  const make = async (name: string) =>
    (
      await api.call('POST', '/v1/campaigns', {
        name,
        trigger: { kind: 'event', event: 'Login' },
        audience: { all: [] },
        goals: [
          { key: 'first', kind: 'education', when: pro, journey },
          { key: 'second', kind: 'winBack', journey },
        ],
      })
    ).body.id as string
  const draft = await make('Listed 100%_draft')
  const live = await make('Listed, live')
  const launched = await api.call('POST', `/v1/campaigns/${live}/launch`)
  expect([launched.status, launched.body]).toEqual([202, { run: expect.any(String) }])
  await api.db.run(sql`INSERT INTO campaign (name, document, created_at, updated_at)
    SELECT 'Listed twin ' || n, document || jsonb_build_object('name', 'Listed twin ' || n), now(), now()
    FROM generate_series(1, 700) n, (SELECT document FROM campaign WHERE name = 'Listed, live') d`)
  const ids = async (query: string) => {
    const found: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await api.call('GET', `/v1/campaigns?limit=300&${query}${cursor && `&cursor=${cursor}`}`)
      found.push(...body.data.map((each: { id: string }) => each.id))
      if (body.next === null) return found
      cursor = body.next
    }
  }
  expect((await ids('q=LISTED%20TWIN')).length).toBe(700)
  expect(await ids(`q=${encodeURIComponent('100%_')}`)).toEqual([draft])
  expect(await ids('q=listed&status=live')).toEqual([live])
  expect((await ids('q=listed&status=draft')).length).toBe(701)
  expect(await ids('q=listed&status=ended')).toEqual([])
  await api.db.run(
    sql`UPDATE run SET status = 'completed' WHERE campaign = (SELECT id FROM campaign WHERE name = 'Listed, live')`,
  )
  expect(await ids('q=listed&status=ended')).toEqual([live])
  expect(await ids('q=listed&status=ran')).toEqual([live])
  const { body } = await api.call('GET', '/v1/campaigns?q=100%25_&brief=true')
  expect(body.data[0]).toMatchObject({
    id: draft,
    status: 'draft',
    goals: [
      { key: 'first', kind: 'education' },
      { key: 'second', kind: 'winBack' },
    ],
  })
  expect(JSON.stringify(body.data[0])).not.toContain('journey')
})
