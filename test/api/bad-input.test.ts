import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await testApi({ env: { POSTAL_ADDRESS: 'Main Street 1, Springfield' } })
  const batch = [{ type: 'identify', userId: 'ada', traits: { email: 'ada@example.com', plan: 'pro' } }]
  await api.call('POST', '/v1/batch', { batch })
})
afterAll(() => api.close())

const sms = (body: string) => ({ kind: 'message', channel: 'sms', content: { body } })
const campaign = (more: object = {}, journey: unknown[] = [sms('Hi')]) => ({
  name: 'x',
  trigger: { kind: 'now' },
  goals: [{ key: 'g', kind: 'winBack', journey }],
  ...more,
})
const made = async (document: object = campaign()): Promise<string> => (await api.call('POST', '/v1/campaigns', document)).body.id

/** How many rows stand in every table that such requests could have written. */
async function standing(): Promise<unknown> {
  const tables = [
    'campaign',
    'campaign_version',
    'run',
    'segment',
    'enrollment',
    'watch',
    'customer',
    'event',
    'call_seen',
    'audit',
    'api_key',
  ]
  const counts = tables.map(table => `(SELECT count(*) FROM ${table}) AS ${table}`)
  return (await api.db.pool.query(`SELECT ${counts.join(', ')}`)).rows[0]
}

/** A refusal that names a field and what to do, and leaves everything as it was. */
async function refused(
  request: { method?: string; path: string; body?: unknown; key?: string; headers?: Record<string, string> },
  wanted: { status: number; path?: string | RegExp; code?: string },
) {
  const before = await standing()
  const { method = 'POST', path, body, key, headers } = request
  const answer = await api.call(method, path, body, { ...(key === undefined ? {} : { key }), ...(headers ? { headers } : {}) })
  expect([answer.status, answer.text]).toEqual([wanted.status, answer.text])
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  const [first] = answer.body.errors
  expect(first).toMatchObject({
    code: expect.stringMatching(/./),
    message: expect.stringMatching(/./),
    hint: expect.stringMatching(/./),
  })
  if (wanted.path instanceof RegExp) expect(first.path).toMatch(wanted.path)
  else if (wanted.path !== undefined) expect(first.path).toBe(wanted.path)
  if (wanted.code !== undefined) expect(first.code).toBe(wanted.code)
  expect(answer.text).not.toMatch(/\bat .*\.ts:|node_modules|SELECT |INSERT /)
  expect(await standing()).toEqual(before)
  return answer
}

describe('names that nobody has', () => {
  test.each([
    ['GET', '/v1/campaigns/cmp_99'],
    ['PUT', '/v1/campaigns/cmp_99'],
    ['DELETE', '/v1/campaigns/cmp_99'],
    ['GET', '/v1/campaigns/what'],
    ['POST', '/v1/campaigns/cmp_99/launch'],
    ['POST', '/v1/campaigns/cmp_99/pause'],
    ['POST', '/v1/campaigns/cmp_99/validate'],
    ['GET', '/v1/campaigns/cmp_99/explain?customer=ada'],
    ['GET', '/v1/campaigns/cmp_99/messages'],
    ['GET', '/v1/runs/run_99'],
    ['GET', '/v1/segments/nobody'],
    ['DELETE', '/v1/segments/nobody'],
    ['GET', '/v1/customers/nobody'],
    ['POST', '/v1/customers/nobody/inbox-token'],
  ])('%s %s is 404', async (method, path) => {
    const body = method === 'PUT' ? campaign() : undefined
    await refused({ method, path, body }, { status: 404 })
  })

  test('a key that is not known, or that may not', async () => {
    await refused({ path: '/v1/campaigns', body: campaign(), key: 'nobody' }, { status: 401 })
    const viewer = await api.key('viewer')
    await refused({ path: '/v1/campaigns', body: campaign(), key: viewer }, { status: 403 })
    const author = await api.key('author')
    await refused({ path: `/v1/campaigns/${await made()}/launch`, key: author }, { status: 403 })
    await refused({ path: '/v1/keys', body: { name: 'x', role: 'king' } }, { status: 400, path: '/role' })
  })

  test.each([
    ['audience', campaign({ audience: { segment: 'nobody' } }), /^\/audience/],
    ['exit rule', campaign({ exit: { any: [{ segment: 'nobody' }] } }), /^\/exit\/any\/0/],
    ['trigger', campaign({ trigger: { kind: 'segmentEntry', segment: 'nobody' } }), /^\/trigger\/segment/],
    [
      'branch',
      campaign({}, [{ kind: 'branch', cases: [{ when: { segment: 'nobody' }, do: [] }] }]),
      /^\/goals\/0\/journey\/0\/cases\/0\/when/,
    ],
    ['topic', campaign({}, [{ ...sms('x'), topic: 'nothing' }]), '/goals/0/journey/0/topic'],
    ['variant', campaign({}, [{ kind: 'split', arms: { z: [] } }]), '/goals/0/journey/0/arms/z'],
  ])('an unknown segment, topic or variant in the %s', async (_, body, path) => {
    await refused({ path: '/v1/campaigns', body }, { status: 422, path })
  })
})

describe('what is not of the form', () => {
  test.each([
    ['half a document', '{"name": "x", "trigger": {', ''],
    ['an array', '[]', ''],
    ['a text', '"campaign"', ''],
    ['nothing', '', ''],
    ['another step', campaign({}, [{ kind: 'dance' }]), '/goals/0/journey/0/kind'],
    ['another trigger', campaign({ trigger: { kind: 'moon' } }), '/trigger/kind'],
    ['another rule', campaign({ audience: { weather: 'sunny' } }), '/audience/weather'],
    ['another field', campaign({ colour: 'red' }), '/colour'],
    ['a wrong duration', campaign({}, [{ kind: 'wait', for: 'soon' }]), '/goals/0/journey/0/for'],
    ['no goal', campaign({ goals: [] }), '/goals'],
  ])('%s is 400 and names the place', async (_, body, path) => {
    await refused({ path: '/v1/campaigns', body }, { status: 400, path })
  })
})

describe('a template', () => {
  test.each([
    ['does not parse', '{% if customer.plan %}Hi', 'templateSyntax'],
    ['has a filter that is not there', '{{ customer.plan | shout }}', 'templateSyntax'],
    ['loops without end', '{% for i in (1..100000000) %}x{% endfor %}', 'templateLimit'],
    ['loops in loops', '{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}', 'templateLimit'],
    [
      'grows without end',
      '{% assign a = "xxxxxxxxxx" %}{% for i in (1..50) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
      'templateLimit',
    ],
    ['includes a file', '{% include "/etc/passwd" %}', 'templateSyntax'],
    ['reads a name that nobody fills', '{{ firstName }}', 'unknownVariable'],
  ])('that %s is 422 at its place', async (_, body, code) => {
    const path = '/goals/0/journey/0/content/body'
    await refused({ path: '/v1/campaigns', body: campaign({}, [sms(body)]) }, { status: 422, path, code })
  })

  test('of marketing without a way out is 422', async () => {
    const step = { kind: 'message', channel: 'email', content: { subject: 's', html: '<p>{{ postalAddress }}</p>' } }
    const path = '/goals/0/journey/0/content/html'
    await refused({ path: '/v1/campaigns', body: campaign({}, [step]) }, { status: 422, path, code: 'noUnsubscribeLink' })
  })

  test('that was good keeps its campaign when a bad one is to replace it', async () => {
    const id = await made(campaign({}, [sms('first')]))
    await refused({ method: 'PUT', path: `/v1/campaigns/${id}`, body: campaign({}, [sms('{{')]) }, { status: 422 })
    const stored = (await api.call('GET', `/v1/campaigns/${id}`)).body
    expect([stored.version, stored.goals[0].journey[0].content]).toEqual([1, { body: 'first' }])
  })
})

describe('a rule that refers to itself', () => {
  test('is refused, at once or in a circle', async () => {
    const self = { key: 'self', name: 'x', rule: { segment: 'self' } }
    await refused({ path: '/v1/segments', body: self }, { status: 422, path: /^\/rule/ })
    const first = { key: 'one', name: 'x', rule: { attribute: 'plan', is: 'pro' } }
    expect((await api.call('POST', '/v1/segments', first)).status).toBe(201)
    expect((await api.call('POST', '/v1/segments', { key: 'two', name: 'x', rule: { not: { segment: 'one' } } })).status).toBe(
      201,
    )
    const circle = { ...first, rule: { any: [{ segment: 'two' }] } }
    await refused({ method: 'PUT', path: '/v1/segments/one', body: circle }, { status: 422, path: /^\/rule\/any\/0/ })
    expect((await api.call('GET', '/v1/segments/one')).body.rule).toEqual(first.rule)
  })

  test('is refused in a preview too, and one that is too deep or too large', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? { attribute: 'a', exists: true } : { not: nested(depth - 1) })
    await refused({ path: '/v1/segments/preview', body: { rule: { segment: 'nobody' } } }, { status: 422, path: /^\/rule/ })
    const deep = await api.call('POST', '/v1/segments/preview', { rule: nested(30) })
    expect([400, 422]).toContain(deep.status)
    const large = await api.call('POST', '/v1/segments/preview', {
      rule: { any: Array(5_000).fill({ attribute: 'a', exists: true }) },
    })
    expect([400, 422]).toContain(large.status)
  })
})

describe('a launch', () => {
  test('without recipients is 422 and opens no run', async () => {
    const id = await made(campaign({ audience: { attribute: 'plan', is: 'nobody has it' } }))
    await refused({ path: `/v1/campaigns/${id}/launch` }, { status: 422, path: '/audience', code: 'noRecipients' })
    expect((await api.call('GET', `/v1/campaigns/${id}`)).body.status).toBe('draft')
  })

  test('twice with the same Idempotency-Key gets the same answer, and another is 409', async () => {
    const id = await made()
    const launch = (key: string) =>
      api.call('POST', `/v1/campaigns/${id}/launch`, undefined, { headers: { 'idempotency-key': key } })
    const first = await launch('launch-1')
    expect(first.status).toBe(202)
    const again = await launch('launch-1')
    expect([again.status, again.text, again.headers['idempotent-replayed']]).toEqual([202, first.text, 'true'])
    await refused({ path: `/v1/campaigns/${id}/launch`, headers: { 'idempotency-key': 'launch-2' } }, { status: 409 })
    await refused({ path: `/v1/campaigns/${id}/launch` }, { status: 409 })
    expect((await api.call('GET', `/v1/campaigns/${id}/runs`)).body.data).toHaveLength(1)
  })

  test('while Temporal is away is 503, and the next one finds nothing half-stored', async () => {
    const id = await made()
    api.temporal.away = true
    const away = await api.call('POST', `/v1/campaigns/${id}/launch`)
    api.temporal.away = false
    expect([away.status, away.headers['retry-after']]).toEqual([503, '5'])
    const { rows } = await api.db.pool.query(`SELECT count(*) AS n FROM run WHERE campaign = $1`, [Number(id.slice(4))])
    expect(rows[0].n).toBe(0)
    expect((await api.call('POST', `/v1/campaigns/${id}/launch`)).status).toBe(202)
  })
})

describe('pause, resume and stop', () => {
  test.each(['pause', 'resume', 'stop'])('%s of what was never launched is 409', async change => {
    await refused({ path: `/v1/campaigns/${await made()}/${change}` }, { status: 409, path: '/status' })
  })

  test.each(['pause', 'resume', 'stop'])('%s of a stopped run is 409 and says that it is stopped', async change => {
    const id = await made()
    await api.call('POST', `/v1/campaigns/${id}/launch`)
    await api.db.pool.query(`UPDATE run SET status = 'stopped' WHERE campaign = $1`, [Number(id.slice(4))])
    const answer = await refused({ path: `/v1/campaigns/${id}/${change}` }, { status: 409, path: '/status', code: 'notLive' })
    expect(answer.body.detail).toContain('stopped')
  })
})

describe('a batch with one bad call', () => {
  test('is refused whole and names the call', async () => {
    const batch = [
      { type: 'track', userId: 'ada', event: 'A' },
      { type: 'track', userId: 'ada' },
    ]
    await refused({ path: '/v1/batch', body: { batch } }, { status: 400, path: /^\/batch\/1/ })
  })
})
