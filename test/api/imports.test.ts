import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createImports } from '../../activities/imports.ts'
import { importIds } from '../../domain/ids.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
const now = new Date('2026-06-01T12:00:00Z')
beforeAll(async () => {
  api = await testApi({ clock: () => now })
})
afterAll(() => api.close())

const rows = async (text: string) => (await api.db.pool.query(text)).rows
const query = (params: Record<string, unknown>) =>
  new URLSearchParams(
    Object.entries(params).map(([key, value]): [string, string] => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
const upload = (file: string | Buffer, params: Record<string, unknown>, headers: Record<string, string> = {}) =>
  api.call('POST', `/v1/imports?${query(params)}`, file, { headers: { 'content-type': 'text/csv', ...headers } })

/** Uploads a file and reads it to its end, as the workflow does. */
async function take(file: string | Buffer, params: Record<string, unknown>, headers?: Record<string, string>) {
  const { status, body } = await upload(file, params, headers)
  expect([status, body]).toEqual([202, { id: expect.stringMatching(/^imp_/) }])
  const { importSome } = createImports({
    db: api.db,
    settings: () => readSettings(api.db),
    links: { secretKey: 'a secret of the tests, long enough' },
  })
  while ((await importSome({ import: importIds.read(body.id)!, at: now.getTime() })).state !== 'done');
  return (await api.call('GET', `/v1/imports/${body.id}`)).body
}

describe('a file', () => {
  test('is kept and its reading begun before the answer leaves', async () => {
    const { body, headers } = await upload('externalId,plan\nkept,pro\n', { kind: 'customers' })
    expect(headers.location).toBe(`/v1/imports/${body.id}`)
    expect(api.temporal.asked.at(-1)).toEqual({
      what: 'start',
      of: {
        workflow: 'importFile',
        workflowId: `import/${importIds.read(body.id)}`,
        args: [{ import: importIds.read(body.id) }],
      },
    })
    expect((await api.call('GET', `/v1/imports/${body.id}`)).body).toMatchObject({
      status: 'running',
      accepted: 0,
      rejected: 0,
      rejections: [],
    })
    await api.db.pool.query(`UPDATE import SET status = 'failed'`)
  })

  test('of customers fills profiles: fields, numbers, booleans, dates, and texts that only look like numbers', async () => {
    const file =
      '\ufeffexternalId;email;phone;createdAt;seats;active;zip;since;note\r\n' +
      'c/1;zoë@exämple.com;0171 2345678;2025-01-02;12;true;01069;2026-05-01T10:00:00+02:00;"says ""hi""; twice"\r\n' +
      '\r\n' +
      'c/2;;;;;;;;\r\n'
    await api.call('PUT', '/v1/settings', { ...(await api.call('GET', '/v1/settings')).body, defaultRegion: 'DE' })
    const done = await take(file, { kind: 'customers' })
    expect(done).toMatchObject({
      status: 'completed',
      kind: 'customers',
      total: 2,
      accepted: 2,
      rejected: 0,
      duplicates: 0,
      bytesRead: done.bytes,
    })
    expect(
      await rows(
        `SELECT external_id, email, phone, created_at, attributes FROM customer WHERE external_id LIKE 'c/%' ORDER BY 1`,
      ),
    ).toEqual([
      {
        external_id: 'c/1',
        email: 'zoë@exämple.com',
        phone: '+491712345678',
        created_at: new Date('2025-01-02'),
        attributes: { seats: 12, active: true, zip: '01069', since: '2026-05-01T10:00:00+02:00', note: 'says "hi"; twice' },
      },
      { external_id: 'c/2', email: null, phone: null, created_at: now, attributes: {} },
    ])
  })

  test('of events, mapped: each line once, however often the file comes; lines that say the same are two', async () => {
    const file = 'id,date,spend\nann,2026-01-01,10.5\nann,2026-01-01,10.5\nbob,2026-02-01,3\n'
    const params = {
      kind: 'events',
      mapping: { id: 'externalId', date: 'timestamp', spend: 'revenue' },
      constant: { event: 'Order Completed', currency: 'EUR' },
    }
    expect(await take(file, params)).toMatchObject({ accepted: 3, duplicates: 0, rejected: 0 })
    const orders = () =>
      rows(`SELECT external_id AS who, at, value, properties FROM event e JOIN customer c ON c.id = e.customer
      WHERE external_id IN ('ann', 'bob') ORDER BY e.id`)
    const ann = { who: 'ann', at: new Date('2026-01-01'), value: 10.5, properties: { revenue: 10.5, currency: 'EUR' } }
    const once = await orders()
    expect(once).toEqual([
      ann,
      ann,
      { who: 'bob', at: new Date('2026-02-01'), value: 3, properties: { revenue: 3, currency: 'EUR' } },
    ])
    expect(await take(file, params)).toMatchObject({ accepted: 3, duplicates: 3, rejected: 0 })
    expect(await orders()).toEqual(once)
    // The same lines in another order with one more of the first: only that one is new.
    const longer = 'date,id,spend\n2026-02-01,bob,3\n2026-01-01,ann,10.5\n2026-01-01,ann,10.5\n2026-01-01,ann,10.5\n'
    expect(await take(longer, params)).toMatchObject({ accepted: 4, duplicates: 3 })
    expect(await orders()).toEqual([...once, ann])
  })

  test('of consents: each with its own source and time, what else stands beside it is evidence', async () => {
    await take(
      'externalId,channel,topic,status,source,at,shown\n' +
        'who,sms,,subscribed,paper form,2026-01-05T10:00:00Z,Yes to offers by SMS\n' +
        'who,email,tips,unsubscribed,call,2026-01-06T10:00:00Z,\n' +
        'who,fax,,subscribed,,,\nwho,sms,,maybe,,,\n',
      { kind: 'consents' },
    ).then(done => {
      expect(done).toMatchObject({ accepted: 2, rejected: 2 })
      expect(done.rejections.map((r: { line: number; code: string }) => [r.line, r.code])).toEqual([
        [4, 'invalid'],
        [5, 'invalid'],
      ])
    })
    expect(
      await rows(
        `SELECT channel, topic, status, k.source, k.at, evidence FROM consent_change k JOIN customer c ON c.id = k.customer WHERE external_id = 'who' ORDER BY 1`,
      ),
    ).toEqual([
      {
        channel: 'email',
        topic: 'tips',
        status: 'unsubscribed',
        source: 'call',
        at: new Date('2026-01-06T10:00:00Z'),
        evidence: null,
      },
      {
        channel: 'sms',
        topic: '',
        status: 'subscribed',
        source: 'paper form',
        at: new Date('2026-01-05T10:00:00Z'),
        evidence: { shown: 'Yes to offers by SMS' },
      },
    ])
  })

  test('of suppressions: an e-mail address, a number or both a line, with its reason and time; nothing else is kept of them', async () => {
    const file =
      'email,phone,reason,at\n' +
      'Gone@Example.com,,bounce,2026-01-05T10:00:00Z\n' +
      'both@example.com,+46 70 123 45 67,complaint,\n' +
      ',+46701234568,stop,1767607200\n' +
      'plain@example.com,,,\n' +
      'nobody,,bounce,\n' +
      ',12,stop,\n' +
      'late@example.com,,bounce,2036-01-01\n' +
      'odd@example.com,,whim,\n' +
      ',,bounce,\n' +
      'when@example.com,,bounce,yesterday\n'
    const done = await take(file, { kind: 'suppressions' })
    expect(done).toMatchObject({ kind: 'suppressions', total: 10, accepted: 4, duplicates: 0, rejected: 6 })
    expect(done.rejections.map((r: { line: number; code: string }) => [r.line, r.code])).toEqual([
      [6, 'invalid'],
      [7, 'invalid'],
      [8, 'future'],
      [9, 'invalid'],
      [10, 'missing'],
      [11, 'invalid'],
    ])
    const found = async (channel: string, address: string) =>
      (await api.call('GET', `/v1/suppressions?${query({ channel, address })}`)).body.data[0]
    const gone = { channel: 'email', reason: 'bounce', source: 'import', at: '2026-01-05T10:00:00.000Z' }
    expect(await found('email', 'gone@example.com')).toMatchObject(gone)
    expect(await found('email', 'both@example.com')).toMatchObject({ reason: 'complaint', at: now.toISOString() })
    expect(await found('sms', '+46701234567')).toMatchObject({ reason: 'complaint' })
    expect(await found('sms', '+46701234568')).toMatchObject({ reason: 'stop', at: '2026-01-05T10:00:00.000Z' })
    expect(await found('email', 'plain@example.com')).toMatchObject({ reason: 'manual' })
    expect(JSON.stringify(await rows('SELECT * FROM import_rejection'))).not.toContain('example.com')
    // The same list once more, mapped and as NDJSON: nothing changes.
    expect(await take(file, { kind: 'suppressions' })).toMatchObject({ accepted: 4, duplicates: 4 })
    const mapped = { kind: 'suppressions', mapping: { who: 'address', where: 'channel' }, constant: { reason: 'manual' } }
    expect(await take('who;where\ngone@example.com;email\nx;fax\n', mapped)).toMatchObject({
      accepted: 1,
      duplicates: 1,
      rejected: 1,
    })
    const line = JSON.stringify({ email: 'gone@example.com', reason: 'stop' })
    expect(await take(`${line}\n[]\n"x"\n`, { kind: 'suppressions', format: 'ndjson' })).toMatchObject({
      accepted: 1,
      duplicates: 1,
      rejected: 2,
    })
    expect(await found('email', 'gone@example.com')).toMatchObject(gone)
  })

  test('of NDJSON holds Segment calls', async () => {
    const lines = [
      { type: 'identify', userId: 'nd', traits: { plan: 'pro', consents: { sms: 'subscribed' } } },
      { type: 'track', userId: 'nd', event: 'Login', timestamp: '2026-05-31T10:00:00Z' },
      { type: 'track', userId: 'nd', event: 'Login', timestamp: '2026-05-31T10:00:00Z', messageId: 'x' },
      { type: 'track', event: 'Login' },
    ].map(line => JSON.stringify(line))
    const done = await take([...lines, '{not json', '"text"', '{"type":"track","userId":"nd","event":"\\u0000"}'].join('\n'), {})
    expect(done).toMatchObject({ format: 'ndjson', accepted: 3, rejected: 4 })
    expect(done.rejections.map((r: { line: number; code: string }) => [r.line, r.code])).toEqual([
      [4, 'invalid'],
      [5, 'notJson'],
      [6, 'invalid'],
      [7, 'unstorable'],
    ])
  })
})

describe('what cannot be read', () => {
  test('is named by its line, never with what stood there', async () => {
    const file = [
      'externalId,event,timestamp,revenue',
      'e1,Buy,2026-01-01,1',
      ',Buy,2026-01-01,1',
      'e1,,2026-01-01,1',
      'e1,Buy,,1',
      'e1,Buy,secret yesterday,1',
      'e1,Buy,2036-01-01,1',
      'e1,Buy,2026-01-01,1,too,many',
      'just one cell',
      'e1,"Buy,2026-01-01,1',
      'e1,Buy,2026-01-02,2',
    ].join('\n')
    const done = await take(file, { kind: 'events' })
    expect(done).toMatchObject({ status: 'completed', total: 10, accepted: 2, rejected: 8 })
    expect(done.rejections.map((r: { line: number; code: string }) => [r.line, r.code])).toEqual([
      [3, 'missing'],
      [4, 'missing'],
      [5, 'missing'],
      [6, 'invalid'],
      [7, 'future'],
      [8, 'tooManyCells'],
      [9, 'tooFewCells'],
      [10, 'brokenQuotes'],
    ])
    expect(JSON.stringify(done.rejections)).not.toContain('secret')
  })

  test('all is counted, the first thousand named', async () => {
    const done = await take(`externalId,email\n${Array.from({ length: 1_500 }, (_, i) => `bad${i},nobody`).join('\n')}`, {
      kind: 'customers',
    })
    expect([done.rejected, done.rejections.length, done.rejections[999].line]).toEqual([1_500, 1_000, 1_001])
  })

  test.each([
    ['nothing', '', { kind: 'events' }, 422, '', 'empty'],
    ['UTF-16', Buffer.from('\ufeffexternalId,plan\nx,y', 'utf16le'), { kind: 'customers' }, 422, '', 'badEncoding'],
    ['a header without its fields', 'id,plan\nx,y', { kind: 'customers' }, 422, '', 'missingField'],
    [
      'a mapping of a column that is not there',
      'id\nx',
      { kind: 'customers', mapping: { nr: 'externalId' } },
      422,
      '/querystring/mapping/nr',
      'unknownColumn',
    ],
    ['suppressions without an address', 'name,reason\nx,stop', { kind: 'suppressions' }, 422, '', 'missingField'],
    ['two columns for one field', 'externalId,plan,plan\nx,1,2', { kind: 'customers' }, 422, '', 'duplicateColumn'],
    ['a mapping that is no JSON', 'externalId\nx', { kind: 'customers', mapping: '{' }, 400, '/querystring/mapping', 'custom'],
    ['an unknown kind', 'externalId\nx', { kind: 'orders' }, 400, '/querystring/kind', 'invalid_value'],
    ['a mapping for NDJSON', '{"type":"track"}', { mapping: { a: 'b' } }, 422, '/querystring/mapping', 'notForNdjson'],
  ])('%s is refused as a whole', async (_what, file, params, status, path, code) => {
    const { status: got, body } = await upload(file, params)
    expect([got, body.errors[0].path, body.errors[0].code]).toEqual([status, path, code])
    expect(await rows(`SELECT 1 FROM import WHERE status = 'receiving'`)).toEqual([])
  })

  test('a form is refused', async () => {
    expect((await upload('x', { kind: 'events' }, { 'content-type': 'multipart/form-data; boundary=x' })).status).toBe(415)
  })
})

test('a preview shows the first lines as they would be taken and stores nothing', async () => {
  const { status, body } = await api.call(
    'POST',
    `/v1/imports/preview?${query({ kind: 'customers', mapping: { name: 'firstName' } })}`,
    'externalId,name,age\np1,Pia,33\np2\n,Nobody,1\n',
    {
      headers: { 'content-type': 'text/csv' },
    },
  )
  expect([status, body]).toEqual([
    200,
    {
      format: 'csv',
      delimiter: ',',
      fields: ['externalId', 'firstName', 'age'],
      rows: [
        {
          line: 2,
          type: 'identify',
          externalId: 'p1',
          traits: { firstName: 'Pia', age: 33 },
          timestamp: now.toISOString(),
          consents: [],
        },
      ],
      rejections: [
        { line: 3, code: 'tooFewCells', message: 'has 1 cell and the header 3' },
        { line: 4, code: 'missing', message: 'externalId is empty' },
      ],
    },
  ])
  expect(await rows(`SELECT 1 FROM customer WHERE external_id = 'p1'`)).toEqual([])
})

test('an Idempotency-Key gets the first answer again, another file a conflict, and nothing is kept of either', async () => {
  const headers = { 'idempotency-key': 'once' }
  const first = await upload('externalId\nx', { kind: 'customers' }, headers)
  expect((await upload('externalId\nx', { kind: 'customers' }, headers)).body).toEqual(first.body)
  expect((await upload('externalId\ny', { kind: 'customers' }, headers)).status).toBe(409)
  expect(await rows(`SELECT count(*)::int AS n FROM import_part WHERE import > ${importIds.read(first.body.id)}`)).toEqual([
    { n: 0 },
  ])
  const listed = await api.call('GET', '/v1/imports?limit=1')
  expect(listed.body.data[0].id).toBe(first.body.id)
})

test('while Temporal is away a file is kept all the same', async () => {
  api.temporal.away = true
  expect((await upload('externalId\nz', { kind: 'customers' })).status).toBe(202)
  api.temporal.away = false
})
