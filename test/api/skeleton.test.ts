import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await testApi()
})
afterAll(() => api.close())

describe('a refusal is a problem document', () => {
  test.each([
    ['an unknown path', 'GET', '/v1/nothing', undefined, 404, 'notFound'],
    ['another method', 'DELETE', '/v1/keys', undefined, 405, 'methodNotAllowed'],
    ['TRACE', 'TRACE', '/v1/keys', undefined, 405, 'methodNotAllowed'],
    ['text that is not JSON', 'POST', '/v1/keys', '{"name":', 400, 'malformed'],
    ['no body', 'POST', '/v1/keys', undefined, 400, 'malformed'],
    ['an empty body', 'POST', '/v1/keys', '', 400, 'malformed'],
    ['a body of null', 'POST', '/v1/keys', 'null', 400, 'malformed'],
    ['__proto__', 'POST', '/v1/keys', '{"name":"a","role":"viewer","__proto__":{"a":1}}', 400, 'malformed'],
    ['U+0000', 'POST', '/v1/keys', '{"name":"a\\u0000","role":"viewer"}', 400, 'malformed'],
    ['a lone surrogate', 'POST', '/v1/keys', '{"name":"a\\ud800","role":"viewer"}', 400, 'malformed'],
    ['a number beyond all numbers', 'POST', '/v1/keys', '{"name":1e999,"role":"viewer"}', 400, 'malformed'],
    ['bytes that are not UTF-8', 'POST', '/v1/keys', Buffer.from([0x22, 0xff, 0x22]), 400, 'malformed'],
    ['nesting without end', 'POST', '/v1/keys', '['.repeat(100_000), 400, 'malformed'],
    ['nesting of objects', 'POST', '/v1/keys', '{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000), 400, 'malformed'],
    ['a body too large', 'POST', '/v1/keys', JSON.stringify({ name: 'x'.repeat(1_100_000) }), 413, 'tooLarge'],
    ['a path that does not decode', 'GET', '/v1/customers/%E0%A4%A', undefined, 400, 'malformed'],
    ['%00 in the path', 'DELETE', '/v1/keys/a%00b', undefined, 400, 'malformed'],
    ['%00 in the query', 'GET', '/v1/keys?cursor=%00', undefined, 400, 'malformed'],
    ['a limit beyond the most', 'GET', '/v1/keys?limit=501', undefined, 400, 'malformed'],
    ['a limit that is no number', 'GET', '/v1/keys?limit=ten', undefined, 400, 'malformed'],
    ['a foreign cursor', 'GET', '/v1/keys?cursor=abc', undefined, 400, 'malformed'],
  ])('%s', async (_, method, path, body, status, code) => {
    const answer = await api.call(method, path, body)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.body).toMatchObject({ type: `urn:perennial:problem:${code}`, status, errors: expect.any(Array) })
    expect(answer.text).not.toMatch(/at .*\.ts|node_modules/)
  })

  test('names every faulty field by a JSON pointer', async () => {
    const { body } = await api.call('POST', '/v1/keys', { name: '', role: 'king', 'a/b': 1 })
    expect(body.errors.map((each: { path: string }) => each.path).sort()).toEqual(['/a~1b', '/name', '/role'])
    expect(body.errors.every((each: { hint: string }) => each.hint !== '')).toBe(true)
  })

  test('another method is told which are taken', async () => {
    expect((await api.call('DELETE', '/v1/keys')).headers.allow).toBe('GET, HEAD, POST')
  })

  test('another content type or encoding is 415', async () => {
    const xml = await api.call('POST', '/v1/keys', '<a/>', { headers: { 'content-type': 'application/xml' } })
    expect(xml.status).toBe(415)
    const packed = await api.call('POST', '/v1/keys', 'x', { headers: { 'content-encoding': 'gzip' } })
    expect(packed.status).toBe(415)
  })

  test('even where it is not HTTP', async () => {
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = api.app.server.address() as { port: number }
    const text = await new Promise<string>(resolve => {
      const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
      let all = ''
      socket.on('data', chunk => (all += chunk)).on('close', () => resolve(all))
    })
    expect(text).toMatch(/^HTTP\/1\.1 40/)
    expect(text).toContain('application/problem+json')
  })

  test('what does not stand yet says so', async () => {
    const answer = await api.call('GET', '/c/token')
    expect([answer.status, answer.body?.status]).not.toContain(500)
  })
})

describe('a key', () => {
  test('is asked for, and an unknown one refused', async () => {
    expect((await api.call('GET', '/v1/keys', undefined, { key: null })).status).toBe(401)
    const unknown = await api.call('GET', '/v1/keys', undefined, { key: 'nobody' })
    expect([unknown.status, unknown.headers['www-authenticate']]).toEqual([401, 'Bearer realm="perennial"'])
  })

  test('is taken as the user name of HTTP Basic', async () => {
    const authorization = `Basic ${Buffer.from(`${api.ownerKey}:`).toString('base64')}`
    expect((await api.call('GET', '/v1/keys', undefined, { key: null, headers: { authorization } })).status).toBe(200)
  })

  test.each(['author', 'approver', 'viewer', 'ingest'])('of role %s manages no keys', async role => {
    const answer = await api.call('GET', '/v1/keys', undefined, { key: await api.key(role) })
    expect([answer.status, answer.body.type]).toEqual([403, 'urn:perennial:problem:forbidden'])
  })

  test('is shown once, stored hashed, and no use once revoked', async () => {
    const made = await api.call('POST', '/v1/keys', { name: 'temporary', role: 'owner' })
    expect(made.status).toBe(201)
    const stored = await api.db.pool.query(`SELECT encode(hash, 'escape') AS text FROM api_key`)
    expect(JSON.stringify(stored.rows)).not.toContain(made.body.key)
    const list = await api.call('GET', '/v1/keys', undefined, { key: made.body.key })
    expect(list.text).not.toContain(made.body.key)
    expect((await api.call('DELETE', `/v1/keys/${made.body.id}`)).status).toBe(204)
    expect((await api.call('GET', '/v1/keys', undefined, { key: made.body.key })).status).toBe(401)
    expect((await api.call('DELETE', `/v1/keys/${made.body.id}`)).status).toBe(404)
  })

  test('lists page by page', async () => {
    for (let i = 0; i < 3; i++) await api.key('viewer')
    const all = (await api.call('GET', '/v1/keys')).body.data
    const paged: unknown[] = []
    let cursor = ''
    do {
      const { body } = await api.call('GET', `/v1/keys?limit=2${cursor && `&cursor=${cursor}`}`)
      paged.push(...body.data)
      cursor = body.next
    } while (cursor)
    expect(paged).toEqual(all)
  })
})

describe('an Idempotency-Key', () => {
  const post = (key: string, name: string) =>
    api.call('POST', '/v1/keys', { name, role: 'viewer' }, { headers: { 'idempotency-key': key } })

  test('gets the first answer again for the same request', async () => {
    const first = await post('one', 'same')
    const again = await post('one', 'same')
    expect(again.text).toBe(first.text)
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([201, 'true'])
  })

  test('keeps no key that the database alone could tell', async () => {
    const { body } = await post('kept', 'secret')
    const { rows } = await api.db.pool.query(`SELECT answer::text AS answer FROM idempotent_answer WHERE key = 'kept'`)
    expect(body.key).toMatch(/^pk_/)
    expect(rows[0].answer).not.toContain(body.key)
  })

  test('is a conflict for another request', async () => {
    await post('two', 'a')
    const other = await post('two', 'b')
    expect([other.status, other.body.type]).toEqual([409, 'urn:perennial:problem:idempotencyConflict'])
  })

  test('belongs to its actor alone', async () => {
    const key = (await api.call('POST', '/v1/keys', { name: 'second owner', role: 'owner' })).body.key
    await post('three', 'a')
    const other = await api.call(
      'POST',
      '/v1/keys',
      { name: 'b', role: 'viewer' },
      { key, headers: { 'idempotency-key': 'three' } },
    )
    expect(other.status).toBe(201)
  })

  test('is free again after a refusal', async () => {
    const refused = await api.call('POST', '/v1/keys', { name: '', role: 'viewer' }, { headers: { 'idempotency-key': 'four' } })
    expect(refused.status).toBe(400)
    expect((await post('four', 'now it is right')).status).toBe(201)
  })

  test('makes one thing of many requests at the same instant', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('five', 'at once')))
    expect(answers.filter(each => each.status === 201 && !each.headers['idempotent-replayed'])).toHaveLength(1)
    expect(answers.every(each => each.status === 201 || each.status === 409)).toBe(true)
    const { rows } = await api.db.pool.query(`SELECT count(*) AS n FROM api_key WHERE name = 'at once'`)
    expect(rows[0].n).toBe(1)
  })

  test('may be used anew after a day', async () => {
    await post('six', 'a')
    await api.db.pool.query(`UPDATE idempotent_answer SET at = at - interval '25 hours' WHERE key = 'six'`)
    expect((await post('six', 'b')).status).toBe(201)
  })
})

describe('health', () => {
  test('the process lives', async () => {
    expect((await api.call('GET', '/healthz', undefined, { key: null })).body).toEqual({ ok: true })
  })

  test('it is ready when database, Temporal and a worker answer, and says what does not', async () => {
    const early = await api.call('GET', '/readyz', undefined, { key: null })
    expect([early.status, early.body.errors[0].path, early.headers['retry-after']]).toEqual([503, '/worker', '2'])
    await api.db.pool.query(`INSERT INTO worker_heartbeat VALUES ('w1', now())`)
    expect((await api.call('GET', '/readyz', undefined, { key: null })).body).toEqual({ ready: true })
    api.temporal.away = true
    expect((await api.call('GET', '/readyz', undefined, { key: null })).body.errors[0].path).toBe('/temporal')
    api.temporal.away = false
    await api.db.pool.query(`UPDATE worker_heartbeat SET at = now() - interval '20 seconds'`)
    expect((await api.call('GET', '/readyz', undefined, { key: null })).body.errors[0].path).toBe('/worker')
  })

  test('metrics name routes, never people', async () => {
    await api.call('DELETE', '/v1/keys/secret-person')
    const { text } = await api.call('GET', '/metrics')
    expect(text).toContain('route="/v1/keys/:id"')
    expect(text).not.toContain('secret-person')
  })

  test('the OpenAPI document is served and names every refusal', async () => {
    const { body } = await api.call('GET', '/openapi.json', undefined, { key: null })
    expect(body.openapi).toBe('3.1.0')
    expect(Object.keys(body.paths)).toContain('/v1/keys')
    expect(body.paths['/v1/keys'].post.responses['4XX'].content).toHaveProperty(['application/problem+json'])
    expect((await api.call('GET', '/docs/', undefined, { key: null })).status).toBe(200)
  })
})
