import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApi, testApi } from '../support/api.ts'

const own = { origin: 'http://localhost:3000', host: 'localhost:3000' }
let api: TestApi
let now = new Date('2026-06-01T12:00:00Z')

beforeAll(async () => {
  api = await testApi({ clock: () => now })
})
afterAll(() => api.close())

const add = async (name: string, role: string) => (await api.call('POST', '/v1/team', { name, role })).body
/** Follows a link as a browser does, and asks with its cookie from then on. */
const visitor = async (link: string) => {
  const answer = await api.call('GET', new URL(link).pathname, undefined, { key: null })
  const cookie = String(answer.headers['set-cookie'] ?? '').split(';')[0]!
  return (method: string, path: string, body?: unknown) =>
    api.call(method, path, body, { key: null, headers: { cookie, ...own } })
}
const listed = async () =>
  (await api.call('GET', '/v1/team')).body.data as { id: string; name: string; lastUsedAt: string | null }[]

describe('the team', () => {
  test('somebody who is taken in gets a link that signs in with their role and name', async () => {
    const made = await add('Ada', 'viewer')
    expect(made).toMatchObject({ name: 'Ada', role: 'viewer', you: false, lastUsedAt: null })
    const ada = await visitor(made.link)
    expect((await ada('GET', '/v1/session')).body).toMatchObject({ label: 'Ada', role: 'viewer' })
    expect((await ada('POST', '/v1/segments', { key: 'x', name: 'x', rule: { all: [] } })).status).toBe(403)
    await expect.poll(async () => (await listed()).find(each => each.name === 'Ada')?.lastUsedAt).toBe(now.toISOString())
  })

  test('a role that is changed holds for the very next request, of the session that stands', async () => {
    const made = await add('Ben', 'viewer')
    const ben = await visitor(made.link)
    expect((await ben('POST', '/v1/segments', { key: 'b', name: 'b', rule: { all: [] } })).status).toBe(403)
    expect((await api.call('PATCH', `/v1/team/${made.id}`, { role: 'author' })).body).toMatchObject({
      role: 'author',
      name: 'Ben',
    })
    expect((await ben('POST', '/v1/segments', { key: 'b', name: 'b', rule: { all: [] } })).status).toBe(201)
    expect((await api.call('PATCH', `/v1/team/${made.id}`, { name: 'Benjamin' })).body.name).toBe('Benjamin')
  })

  test('who is taken out is out at once, and their links and sessions with them', async () => {
    const made = await add('Cora', 'approver')
    const cora = await visitor(made.link)
    expect((await api.call('DELETE', `/v1/team/${made.id}`)).status).toBe(204)
    expect((await cora('GET', '/v1/session')).status).toBe(401)
    expect((await (await visitor(made.link))('GET', '/v1/session')).status).toBe(401)
    expect((await api.call('POST', `/v1/team/${made.id}/link`)).status).toBe(404)
    expect((await api.call('DELETE', `/v1/team/${made.id}`)).status).toBe(404)
  })

  test('an owner can neither remove nor lower themselves; another owner can', async () => {
    const made = await add('Dora', 'owner')
    const dora = await visitor(made.link)
    expect((await dora('GET', '/v1/team')).body.data[0]).toMatchObject({ id: made.id, you: true })
    for (const [method, path, body] of [
      ['PATCH', `/v1/team/${made.id}`, { role: 'viewer' }],
      ['DELETE', `/v1/team/${made.id}`],
      ['DELETE', `/v1/keys/${made.id}`],
    ] as const) {
      const refused = await dora(method, path, body)
      expect([refused.status, refused.body.errors[0].code]).toEqual([409, 'ownKey'])
    }
    expect((await dora('PATCH', `/v1/team/${made.id}`, { name: 'Dorothea' })).status).toBe(200)
    expect((await api.call('PATCH', `/v1/team/${made.id}`, { role: 'viewer' })).status).toBe(200)
    expect((await dora('GET', '/v1/team')).status).toBe(403)
  })

  test('a link ends after a week, and a new one can be made', async () => {
    const made = await add('Eve', 'viewer')
    const { link } = (await api.call('POST', `/v1/team/${made.id}/link`)).body
    expect((await (await visitor(link))('GET', '/v1/session')).status).toBe(200)
    const before = now
    now = new Date(now.getTime() + 8 * 86_400_000)
    expect((await (await visitor(link))('GET', '/v1/session')).status).toBe(401)
    now = before
  })

  test('keys of programs are no people, and only an owner sees either', async () => {
    const key = await api.key('approver')
    const { body } = await api.call('GET', '/v1/keys?of=programs')
    expect(body.data).toEqual([expect.objectContaining({ role: 'approver', person: false })])
    expect((await listed()).map(each => each.id)).not.toContain(body.data[0].id)
    expect((await api.call('PATCH', `/v1/team/${body.data[0].id}`, { role: 'owner' })).status).toBe(404)
    for (const path of ['/v1/team', '/v1/keys']) expect((await api.call('GET', path, undefined, { key })).status).toBe(403)
    expect((await api.call('POST', '/v1/team', { name: 'x', role: 'ingest' })).status).toBe(400)
  })

  test('what was done to the team stands in the audit, by the name of who did it', async () => {
    const made = await add('Finn', 'owner')
    const finn = await visitor(made.link)
    await finn('POST', '/v1/team', { name: 'Gus', role: 'viewer' })
    const { data } = (await api.call('GET', '/v1/audit?limit=1')).body
    expect(data[0]).toMatchObject({ action: 'team.joined', actor: made.id, actorLabel: 'Finn', facts: { role: 'viewer' } })
  })
})
