import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { keepInInbox } from '../../prisma/queries/stores.ts'
import { type TestApi, testApi } from '../support/api.ts'

let now = Date.parse('2026-11-25T12:00:00Z')
let api: TestApi
let url: string
let run = 0
const customers = new Map<string, number>()
beforeAll(async () => {
  api = await testApi({ clock: () => new Date(now) })
  url = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const batch = ['ada', 'bob', 'eve'].map(userId => ({ type: 'identify', userId, traits: {} }))
  await api.call('POST', '/v1/batch', { batch })
  for (const row of await api.db.rows<{ id: number; name: string }>(sql`SELECT id, external_id AS name FROM customer`))
    customers.set(row.name, row.id)
  run = await liveRun()
})
afterAll(() => api.close())

/** A run whose customers await that their first message is seen. */
async function liveRun(): Promise<number> {
  const journey = [
    { kind: 'message', channel: 'inApp', content: { title: 'T', body: 'B' } },
    { kind: 'await', on: { message: 'seen' }, within: '3d', do: [] },
  ]
  const document = { name: 'x', trigger: { kind: 'event', event: 'Nothing' }, goals: [{ key: 'g', kind: 'winBack', journey }] }
  const { body } = await api.call('POST', '/v1/campaigns', document)
  const launched = await api.call('POST', `/v1/campaigns/${body.id}/launch`)
  return Number(launched.body.run.slice(4))
}

/** A message as the in-app channel leaves it: accepted in the ledger, in the inbox, its customer waiting to see what becomes of it. */
async function send(customer: string, content: object = { title: 'Hi', body: 'There' }, at = now): Promise<string> {
  const id = crypto.randomUUID()
  const number = customers.get(customer) ?? 0
  const row = await api.db.row<{
    id: number
  }>(sql`INSERT INTO enrollment (run, customer, stay, version, goal, state, place, step, awaiting, due, entered_at)
    SELECT ${run}, ${number}, count(*) + 1, 1, 'g', 'waiting', 2, 1, true, ${new Date(now + 1e9)}, ${new Date(now)} FROM enrollment WHERE run = ${run} AND customer = ${number} RETURNING id`)
  await api.db.run(sql`INSERT INTO message (id, run, enrollment, customer, version, step, channel, class, status, created_at, accepted_at)
    VALUES (${id}, ${run}, ${row?.id}, ${number}, 1, 0, 'inApp', 'marketing', 'accepted', ${new Date(at)}, ${new Date(at)})`)
  await keepInInbox(api.db, [{ messageId: id, to: String(number), content, at }])
  return id
}
const token = async (customer: string, body?: object): Promise<string> =>
  (await api.call('POST', `/v1/customers/${customer}/inbox-token`, body)).body.token
const ledger = (id: string) =>
  api.db.row<{ status: string; openedAt: Date | null; clickedAt: Date | null }>(
    sql`SELECT status, opened_at AS "openedAt", clicked_at AS "clickedAt" FROM message WHERE id = ${id}`,
  )
const eventually = async (what: string, ask: () => Promise<boolean>) => {
  const end = Date.now() + 20_000
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

describe('an inbox token', () => {
  test('opens its customer’s inbox and no other', async () => {
    await send('ada', { title: 'For Ada', body: '…' })
    const theirs = await api.call('GET', '/v1/inbox/messages', undefined, { key: await token('bob') })
    expect([theirs.status, theirs.body]).toEqual([200, { data: [], next: null, unseen: 0 }])
    const own = await api.call('GET', '/v1/inbox/messages', undefined, { key: await token('ada') })
    expect(own.body.data).toMatchObject([{ title: 'For Ada', seenAt: null, action: null }])
  })

  test('is over when its time is', async () => {
    const made = await api.call('POST', '/v1/customers/bob/inbox-token', { expiresIn: '10m' })
    expect(Date.parse(made.body.expiresAt) - now).toBe(600_000)
    now += 599_000
    expect((await api.call('GET', '/v1/inbox/messages', undefined, { key: made.body.token })).status).toBe(200)
    now += 1_000
    const late = await api.call('GET', '/v1/inbox/messages', undefined, { key: made.body.token })
    expect([late.status, late.body.errors[0].code, late.body.errors[0].hint]).toEqual([
      401,
      'noInboxToken',
      expect.stringContaining('/inbox-token'),
    ])
  })

  test('is no API key, and an API key no inbox token', async () => {
    expect((await api.call('GET', '/v1/campaigns', undefined, { key: await token('ada') })).status).toBe(401)
    expect((await api.call('GET', '/v1/inbox/messages')).status).toBe(401)
    expect((await api.call('GET', '/v1/inbox/messages', undefined, { key: null })).status).toBe(401)
  })

  test('that was altered opens nothing', async () => {
    const good = await token('ada')
    for (let i = 0; i < good.length; i++) {
      const altered = `${good.slice(0, i)}${good[i] === 'A' ? 'B' : 'A'}${good.slice(i + 1)}`
      expect((await api.call('GET', '/v1/inbox/messages', undefined, { key: altered })).status).toBe(401)
    }
  })

  test('is made only by an owner, for somebody there is, for a day at most', async () => {
    const asked = (customer: string, body?: object, key?: string) =>
      api.call('POST', `/v1/customers/${customer}/inbox-token`, body, key === undefined ? {} : { key })
    expect((await asked('ada', undefined, await api.key('ingest'))).status).toBe(403)
    expect((await asked('nobody')).status).toBe(404)
    expect((await asked('ada', { expiresIn: '25h' })).body.errors[0]).toMatchObject({ path: '/expiresIn' })
    expect((await asked('ada', { expiresIn: '0s' })).status).toBe(400)
  })
})

describe('the list', () => {
  test('is newest first, page by page, and counts what was never seen', async () => {
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push(await send('eve', { title: `${i}`, body: 'x' }, now + i))
    const key = await token('eve')
    const titles: string[] = []
    let cursor = ''
    do {
      const { body } = await api.call('GET', `/v1/inbox/messages?limit=2${cursor}`, undefined, { key })
      expect(body.unseen).toBe(5)
      titles.push(...body.data.map((message: { title: string }) => message.title))
      cursor = body.next ? `&cursor=${body.next}` : ''
    } while (cursor)
    expect(titles).toEqual(['4', '3', '2', '1', '0'])
  })
})

describe('what a customer does with a message', () => {
  const act = async (customer: string, id: string, deed: string) =>
    api.call('POST', `/v1/inbox/messages/${id}/${deed}`, undefined, { key: await token(customer) })

  test('moves the ledger forward, tells those who wait, and rings their run', async () => {
    const id = await send('ada')
    api.temporal.rung.length = 0
    const { status, body } = await act('ada', id, 'seen')
    expect([status, body.seenAt]).toEqual([200, new Date(now).toISOString()])
    await eventually('the run is rung', async () => api.temporal.rung.includes(run))
    expect(await ledger(id)).toMatchObject({ status: 'opened', openedAt: new Date(now), clickedAt: null })
    const nudges = await api.db.rows(sql`SELECT engagement FROM nudge WHERE message = ${id}`)
    expect(nudges).toEqual([{ engagement: 'opened' }])
    await act('ada', id, 'clicked')
    await eventually('the click is in the ledger', async () => (await ledger(id))?.status === 'clicked')
  })

  test('happens once: again changes neither time nor ledger, and nudges nobody twice', async () => {
    const id = await send('bob')
    const first = await act('bob', id, 'clicked')
    await eventually('the click is in the ledger', async () => (await ledger(id))?.status === 'clicked')
    now += 60_000
    const again = await act('bob', id, 'clicked')
    expect(again.body).toEqual(first.body)
    await act('bob', id, 'seen')
    await eventually(
      'all is processed',
      async () => (await api.db.row(sql`SELECT 1 FROM provider_event WHERE processed_at IS NULL`)) === undefined,
    )
    expect(await ledger(id)).toMatchObject({ status: 'clicked', clickedAt: new Date(now - 60_000) })
    expect(await api.db.rows(sql`SELECT engagement FROM nudge WHERE message = ${id}`)).toHaveLength(1)
  })

  test('dismissing takes it from the list; it was seen', async () => {
    const id = await send('bob')
    expect((await act('bob', id, 'dismissed')).body).toMatchObject({
      seenAt: expect.any(String),
      dismissedAt: expect.any(String),
    })
    const { body } = await api.call('GET', '/v1/inbox/messages', undefined, { key: await token('bob') })
    expect(body.data.map((message: { id: string }) => message.id)).not.toContain(id)
    await eventually('it counts as seen', async () => (await ledger(id))?.status === 'opened')
  })

  test('is nobody else’s to do', async () => {
    const id = await send('ada')
    expect((await act('bob', id, 'clicked')).status).toBe(404)
    expect(await ledger(id)).toMatchObject({ status: 'accepted' })
    expect((await act('ada', 'no-id', 'seen')).status).toBe(400)
  })
})

/** Reads a stream until it is told to stop; `events` grows as they come. */
async function listen(customer: string, last?: string) {
  const leaving = new AbortController()
  const answer = await fetch(`${url}/v1/inbox/stream`, {
    headers: { authorization: `Bearer ${await token(customer)}`, ...(last ? { 'last-event-id': last } : {}) },
    signal: leaving.signal,
  })
  const events: { id: string; title: string }[] = []
  const reading = (async () => {
    let text = ''
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part
      const whole = text.split('\n\n')
      text = whole.pop() ?? ''
      for (const event of whole) {
        const data = /^data: (.*)$/m.exec(event)?.[1]
        if (data) events.push(JSON.parse(data))
      }
    }
  })().catch(() => {})
  return {
    status: answer.status,
    headers: answer.headers,
    events,
    titles: () => events.map(event => event.title),
    ended: reading,
    leave: () => leaving.abort(),
  }
}

describe('the stream', () => {
  test('brings what comes, to every page of that customer, each once and to nobody else', async () => {
    const [one, two, other] = [await listen('ada'), await listen('ada'), await listen('bob')]
    expect([one.status, one.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    for (let i = 0; i < 20; i++) await send('ada', { title: `live ${i}`, body: 'x' })
    const all = Array.from({ length: 20 }, (_, i) => `live ${i}`)
    await eventually('both have all', async () => one.events.length >= 20 && two.events.length >= 20)
    expect([one.titles(), two.titles(), other.titles()]).toEqual([all, all, []])
    for (const each of [one, two, other]) each.leave()
  })

  test('begins behind what the list already shows', async () => {
    await send('eve', { title: 'old', body: 'x' })
    const stream = await listen('eve')
    await send('eve', { title: 'new', body: 'x' })
    await eventually('the new one comes', async () => stream.events.length > 0)
    expect(stream.titles()).toEqual(['new'])
    stream.leave()
  })

  test('catches up behind the last message that came', async () => {
    const stream = await listen('bob')
    const last = await send('bob', { title: 'before', body: 'x' })
    await eventually('it comes', async () => stream.events.length === 1)
    stream.leave()
    await stream.ended
    await send('bob', { title: 'missed 1', body: 'x' })
    await send('bob', { title: 'missed 2', body: 'x' })
    const again = await listen('bob', last)
    await eventually('what was missed comes', async () => again.events.some(event => event.title === 'missed 2'))
    await send('bob', { title: 'after', body: 'x' })
    await eventually('and what is new', async () => again.events.some(event => event.title === 'after'))
    const behind = again.titles().slice(-3)
    expect(behind).toEqual(['missed 1', 'missed 2', 'after'])
    again.leave()
  })

  test('lives on when the database drops the ear, and loses nothing', async () => {
    const stream = await listen('ada')
    await send('ada', { title: 'heard', body: 'x' })
    await eventually('it comes', async () => stream.titles().includes('heard'))
    const { rows } = await api.db.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN inbox' AND datname = current_database()`,
    )
    expect(rows).toHaveLength(1)
    await send('ada', { title: 'in the dark', body: 'x' })
    await eventually('it comes', async () => stream.titles().includes('in the dark'))
    stream.leave()
  })

  test('takes ten pages of one customer, and tells the eleventh to wait', async () => {
    const streams = []
    for (let i = 0; i < 10; i++) streams.push(await listen('eve'))
    const refused = await listen('eve')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
    for (const stream of streams) stream.leave()
    await eventually('there is room again', async () => {
      const stream = await listen('eve')
      stream.leave()
      return stream.status === 200
    })
  })

  test('holds no connection when nobody listens', async () => {
    await eventually('the ear is gone', async () => {
      const { rows } = await api.db.pool.query(
        `SELECT count(*) AS n FROM pg_stat_activity WHERE query = 'LISTEN inbox' AND datname = current_database()`,
      )
      return rows[0].n === 0
    })
  })
})

describe('another site’s page', () => {
  test('may ask, with its token, and read the refusals too', async () => {
    const asked = await fetch(`${url}/v1/inbox/messages/${crypto.randomUUID()}/seen`, { method: 'OPTIONS' })
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST')
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
    const refused = await fetch(`${url}/v1/inbox/messages`)
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*'])
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
  })

  test('may ask for nothing else', async () => {
    const answer = await fetch(`${url}/v1/campaigns`, { method: 'OPTIONS' })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('/inbox.js', () => {
  test('is a script for any site, at most 5 kB over the wire', async () => {
    const answer = await api.call('GET', '/inbox.js', undefined, { key: null })
    expect(answer.headers['content-type']).toMatch(/^text\/javascript/)
    expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin')
    expect(gzipSync(answer.text, { level: 9 }).length).toBeLessThanOrEqual(5_000)
    const packed = await api.app.inject({ url: '/inbox.js', headers: { 'accept-encoding': 'gzip' } })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.rawPayload.length).toBeLessThanOrEqual(5_000)
    expect(gunzipSync(packed.rawPayload).toString()).toBe(answer.text)
  })
})
