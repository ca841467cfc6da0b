import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashKey } from '../../api/auth.ts'
import { readSession, signSession } from '../../domain/session.ts'
import { type TestApi, testApi } from '../support/api.ts'

const secret = 'a secret of the tests, long enough'
const own = { origin: 'http://localhost:3000', host: 'localhost:3000' }
let api: TestApi
let now = new Date('2026-06-01T12:00:00Z')

beforeAll(async () => {
  api = await testApi({ clock: () => now })
})
afterAll(() => api.close())

const cookieOf = (answer: { headers: Record<string, string> }) => String(answer.headers['set-cookie']).split(';')[0] ?? ''
const signIn = async (key: string) => cookieOf(await api.call('POST', '/v1/session', { key }, { key: null }))
const with_ = (cookie: string, headers: Record<string, string> = {}) => ({ key: null, headers: { cookie, ...headers } })
const segment = (key: string) => ({ key, name: key, rule: { all: [] } })

describe('a signed text', () => {
  const claim = { keyHash: 'ab', until: 1_000 }
  test('is read back for its own use, and for no other', () => {
    const text = signSession(secret, 'link', claim)
    expect(readSession(secret, 'link', text, 999)).toEqual(claim)
    expect(readSession(secret, 'session', text, 999)).toBeUndefined()
    expect(readSession('another secret', 'link', text, 999)).toBeUndefined()
  })
  test('holds until its time, and not when a letter of it was changed', () => {
    const text = signSession(secret, 'session', claim)
    expect(readSession(secret, 'session', text, 1_000)).toBeUndefined()
    for (const at of [0, 5, text.length - 1]) {
      const other = text[at] === 'A' ? 'B' : 'A'
      expect(readSession(secret, 'session', text.slice(0, at) + other + text.slice(at + 1), 1)).toBeUndefined()
    }
    for (const junk of ['', '.', 'a.b.c', '💥', '{}'.repeat(500)]) expect(readSession(secret, 'session', junk, 1)).toBeUndefined()
  })
})

describe('the session of the web page', () => {
  test('a key becomes a cookie that no script reads and no other site sends', async () => {
    const answer = await api.call('POST', '/v1/session', { key: api.ownerKey }, { key: null })
    expect(answer.body).toMatchObject({
      name: 'owner',
      role: 'owner',
      channels: { email: 'sandbox', sms: 'sandbox', inApp: 'inbox' },
    })
    expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/)
    expect((await api.call('GET', '/v1/session', undefined, with_(cookieOf(answer)))).body).toMatchObject({ role: 'owner' })
  })

  test('an unknown key and a key for events open nothing', async () => {
    expect((await api.call('POST', '/v1/session', { key: 'nobody' }, { key: null })).status).toBe(401)
    expect((await api.call('POST', '/v1/session', { key: await api.key('ingest') }, { key: null })).status).toBe(401)
  })

  test('the printed link signs in and leads to the page; an old one leads to the way in', async () => {
    const claim = { keyHash: hashKey(api.ownerKey).toString('hex'), until: now.getTime() + 1_000 }
    const answer = await api.call('GET', `/sign-in/${signSession(secret, 'link', claim)}`, undefined, { key: null })
    expect([answer.status, answer.headers.location]).toEqual([303, '/'])
    expect((await api.call('GET', '/v1/session', undefined, with_(cookieOf(answer)))).status).toBe(200)
    const old = await api.call('GET', `/sign-in/${signSession(secret, 'link', { ...claim, until: 0 })}`, undefined, { key: null })
    expect([old.headers.location, old.headers['set-cookie']]).toEqual(['/sign-in?expired', undefined])
  })

  test('what it changes must come from the page itself', async () => {
    const cookie = await signIn(api.ownerKey)
    const from = (headers: Record<string, string>) =>
      api.call('POST', '/v1/segments', segment(`s${Math.random()}`), with_(cookie, headers))
    expect((await from({})).status).toBe(403)
    expect((await from({ origin: 'https://evil.example', host: own.host })).status).toBe(403)
    expect((await from({ origin: 'null', host: own.host })).status).toBe(403)
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await from(own)).status).toBe(201)
    // Behind a proxy that names another host: the public address is ours too.
    expect((await from({ origin: 'http://127.0.0.1:3000', host: 'inside:8080' })).status).toBe(201)
    expect((await from({ 'sec-fetch-site': 'same-origin' })).status).toBe(201)
  })

  test('has the role of its key, and ends with it', async () => {
    const key = await api.key('viewer')
    const cookie = await signIn(key)
    expect((await api.call('GET', '/v1/segments', undefined, with_(cookie))).status).toBe(200)
    expect((await api.call('POST', '/v1/segments', segment('x'), with_(cookie, own))).status).toBe(403)
    const { data } = (await api.call('GET', '/v1/keys')).body as { data: { id: string; role: string }[] }
    await api.call('DELETE', `/v1/keys/${data.find(each => each.role === 'viewer')?.id}`)
    expect((await api.call('GET', '/v1/segments', undefined, with_(cookie))).status).toBe(401)
  })

  test('is over after a week', async () => {
    const cookie = await signIn(api.ownerKey)
    now = new Date(now.getTime() + 7 * 86_400_000)
    expect((await api.call('GET', '/v1/segments', undefined, with_(cookie))).status).toBe(401)
  })
})

describe('the page', () => {
  test('is one document for every place of its own, under a policy that lets only its own scripts run', async () => {
    for (const path of ['/', '/campaigns', '/campaigns/cmp_1/live', '/customers/a%20b', '/sign-in', '/settings/keys']) {
      const answer = await api.call('GET', path, undefined, { key: null })
      expect([path, answer.status, answer.headers['content-type']]).toEqual([path, 200, 'text/html; charset=utf-8'])
      expect(answer.headers['content-security-policy']).toContain("script-src 'self';")
      expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    }
    expect((await api.call('GET', '/nowhere', undefined, { key: null })).status).toBe(404)
    expect((await api.call('GET', '/assets/..%2Fpage.html', undefined, { key: null })).status).toBe(404)
    // An old link in a browser is answered by the page, a program by a problem.
    const lost = await api.call('GET', '/no/such/place', undefined, { key: null, headers: { accept: 'text/html,*/*' } })
    expect([lost.status, lost.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(lost.headers['content-security-policy']).toContain("script-src 'self'")
    for (const [path, accept] of [
      ['/no/such/place', 'application/json'],
      ['/v1/no-such', 'text/html'],
    ] as const) {
      const answer = await api.call('GET', path, undefined, { headers: { accept } })
      expect([answer.status, answer.body.status]).toEqual([404, 404])
    }
  })

  test('its files travel packed, and are kept for good because their names change with them', async () => {
    const { text } = await api.call('GET', '/', undefined, { key: null })
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(text)?.[1] ?? ''
    const answer = await api.call('GET', script, undefined, { key: null, headers: { 'accept-encoding': 'gzip' } })
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': 'public, max-age=31536000, immutable' })
    const plain = await api.call('GET', script, undefined, { key: null, headers: { 'accept-encoding': 'br;q=0, gzip;q=0' } })
    expect(plain.headers['content-encoding']).toBeUndefined()
  })
})

describe('the outbox', () => {
  test('nobody plays the reader of a message that is not there, and a viewer plays nobody', async () => {
    const path = `/v1/outbox/${crypto.randomUUID()}/played`
    expect((await api.call('POST', path, { did: 'opened' })).status).toBe(404)
    expect((await api.call('POST', path, { did: 'opened' }, { key: await api.key('viewer') })).status).toBe(403)
    expect((await api.call('GET', '/v1/outbox')).body).toEqual({ data: [], next: null })
  })
})
