import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examples } from '../../api/openapi-examples.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { triggerKinds } from '../../domain/campaign/triggers/index.ts'
import { stepKinds } from '../../domain/journey/steps/index.ts'
import { predicates } from '../../domain/segment/predicates/index.ts'
import { type TestApi, testApi } from '../support/api.ts'

type Json = Record<string, unknown>
interface Document {
  openapi: string
  paths: Record<string, Record<string, Json & { parameters?: Json[]; responses: Record<string, Json> }>>
  components: { schemas: Record<string, Json>; securitySchemes: Json }
}

let api: TestApi
let document: Document
let ajv: Ajv2020.default
beforeAll(async () => {
  api = await testApi()
  document = (await api.call('GET', '/openapi.json', undefined, { key: null })).body
  ajv = new Ajv2020.default({ strict: false, allErrors: true })
  addFormats.default(ajv)
  for (const [name, schema] of Object.entries(document.components.schemas)) ajv.addSchema({ ...local(schema), $id: name })
})
afterAll(() => api.close())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, method, path, operation })),
  )
/** A component refers to others by name. */
const local = (schema: unknown): Json => JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', ''))
const check = (name: string) => {
  const validate = ajv.getSchema(name)
  if (!validate) throw new Error(`there is no component ${name}`)
  return validate
}
const faults = (name: string, value: unknown) => {
  const validate = check(name)
  return validate(value) ? [] : (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}

describe('the OpenAPI document', () => {
  test('is 3.1, and every reference in it leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0')
    const names = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1] ?? '')
    expect(names.length).toBeGreaterThan(100)
    for (const name of new Set(names)) {
      expect(name).toMatch(/^#\/components\/schemas\/\w+$/)
      expect(document.components.schemas).toHaveProperty(name.slice('#/components/schemas/'.length))
    }
  })

  test('names nothing twice, and nothing that nobody uses', () => {
    const text = JSON.stringify(document)
    for (const name of Object.keys(document.components.schemas))
      expect(text.includes(`"#/components/schemas/${name}"`), name).toBe(true)
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(ids.every(id => typeof id === 'string' && /^[a-z]\w+$/.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('holds only schemas that a validator takes', () => {
    for (const name of Object.keys(document.components.schemas)) expect(() => check(name), name).not.toThrow()
  })

  test('tells of every refusal as a problem document', () => {
    for (const { name, operation } of operations()) {
      expect(Object.keys(operation.responses), name).toEqual(expect.arrayContaining(['4XX', '5XX']))
      for (const [status, response] of Object.entries(operation.responses))
        if (/^[45]/.test(status) && !('text/html' in ((response.content ?? {}) as Json)))
          expect(response, `${name} ${status}`).toMatchObject({
            description: expect.any(String),
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          })
    }
    const launch = document.paths['/v1/campaigns/{id}/launch']?.post
    expect(Object.keys(launch?.responses ?? {})).toEqual(expect.arrayContaining(['202', '400', '401', '403', '404']))
  })

  test('says which paths take which key, and which headers', () => {
    expect(document.paths['/healthz']?.get?.security).toEqual([])
    expect(document.paths['/v1/inbox/messages']?.get?.security).toEqual([{ inboxToken: [] }])
    const headers = (path: string, method: string) =>
      (document.paths[path]?.[method]?.parameters ?? []).filter(each => each.in === 'header').map(each => each.name)
    expect(headers('/v1/campaigns/{id}/launch', 'post')).toContain('Idempotency-Key')
    expect(headers('/v1/campaigns/{id}', 'put')).toContain('If-Match')
  })

  test('gives examples that mean something', () => {
    for (const [route, example] of Object.entries(examples)) {
      const [method = '', url = ''] = route.split(' ')
      const path = url.replaceAll(/:(\w+)/g, '{$1}')
      const body = document.paths[path]?.[method.toLowerCase()]?.requestBody as { content: Record<string, Json> } | undefined
      const media = body?.content['application/json']
      expect(media?.example, route).toEqual(example)
      const validate = ajv.compile(local(media?.schema))
      expect(validate(example), `${route}: ${JSON.stringify(validate.errors)}`).toBe(true)
    }
    expect(campaignSchema.safeParse(examples['POST /v1/campaigns']).success).toBe(true)
  })
})

describe('the campaign language', () => {
  test('is described kind by kind: no step, trigger or question is left out', () => {
    const { schemas } = document.components
    const mapping = (name: string) => Object.keys((schemas[name]?.discriminator as { mapping: Json } | undefined)?.mapping ?? {})
    expect(mapping('Step').sort()).toEqual(Object.keys(stepKinds).sort())
    expect(mapping('Trigger').sort()).toEqual(Object.keys(triggerKinds).sort())
    const questions = ((schemas.Rule?.oneOf ?? []) as { $ref: string }[]).map(each => each.$ref.split('/').at(-1))
    expect(questions).toHaveLength(predicates.length + 4)
    for (const name of questions) expect(Object.keys((schemas[name ?? '']?.properties ?? {}) as Json).length).toBeGreaterThan(0)
  })

  const goal = (journey: unknown[]) => ({
    name: 'x',
    trigger: { kind: 'now' },
    goals: [{ key: 'g', kind: 'winBack', journey }],
  })
  const email = { kind: 'message', channel: 'email', content: { subject: 's', html: 'h' } }
  const steps: [string, unknown, boolean][] = [
    ['an e-mail', email, true],
    ['an e-mail by variant', { ...email, content: { a: { subject: 's', mjml: 'm' }, b: { subject: 't', html: 'h' } } }, true],
    ['an SMS', { kind: 'message', channel: 'sms', class: 'transactional', content: { body: 'b' } }, true],
    [
      'an in-app message',
      { kind: 'message', channel: 'inApp', content: { title: 't', body: 'b', action: { url: 'u', label: 'l' } } },
      true,
    ],
    ['an e-mail with the words of an SMS', { ...email, content: { body: 'b' } }, false],
    ['an e-mail without a subject', { ...email, content: { html: 'h' } }, false],
    ['a message by pigeon', { ...email, channel: 'pigeon' }, false],
    ['a wait', { kind: 'wait', for: '2d' }, true],
    ['a wait until', { kind: 'wait', until: '09:00', weekday: ['mon'] }, true],
    ['a wait for nothing', { kind: 'wait' }, false],
    ['a wait of two kinds', { kind: 'wait', for: '2d', until: '09:00' }, false],
    ['an await', { kind: 'await', on: { message: 'clicked' }, within: '3d', do: [email], else: [] }, true],
    ['an await of several', { kind: 'await', on: [{ event: 'Login' }, { message: 'opened', step: 's' }], within: '3d' }, true],
    ['an await of nothing', { kind: 'await', on: {}, within: '3d' }, false],
    [
      'a branch',
      { kind: 'branch', cases: [{ when: { attribute: 'plan', is: 'pro' }, do: [{ kind: 'exit' }] }], else: [email] },
      true,
    ],
    ['a branch with a step of no kind', { kind: 'branch', cases: [{ when: { all: [] }, do: [{ kind: 'dance' }] }] }, false],
    ['a split', { kind: 'split', arms: { a: [email], b: [] } }, true],
    ['a set', { kind: 'set', attributes: { vip: true } }, true],
    ['an award', { kind: 'award', points: 50, reason: 'r' }, true],
    ['an award of nothing', { kind: 'award', points: 0 }, false],
    ['a task', { kind: 'task', title: 't', assignee: 'a', due: '2d' }, true],
    ['a survey', { kind: 'survey', survey: 'nps', channel: 'email' }, true],
    ['an exit', { kind: 'exit', reason: 'enough' }, true],
    ['an unknown field', { kind: 'exit', because: 'x' }, false],
  ]
  test.each(steps)('%s', (_, step, valid) => {
    expect(campaignSchema.safeParse(goal([step])).success).toBe(valid)
    expect(faults('CampaignDocument', goal([step])).length === 0).toBe(valid)
  })

  const rules: [string, unknown, boolean][] = [
    ['joined', { all: [{ any: [{ not: { segment: 'vip' } }] }, { attribute: 'plan', in: ['pro', 'team'] }] }, true],
    [
      'on events',
      { event: 'Order Completed', count: { gte: 2 }, within: '30d', where: [{ property: 'category', is: 'shoes' }] },
      true,
    ],
    ['on sums', { event: 'Order Completed', sum: { property: 'revenue', gte: 200 } }, true],
    ['on silence', { inactive: { event: 'Login', for: '14d', neverCounts: true } }, true],
    ['on a subscription', { subscription: { status: 'trialing', trialEndsWithin: '3d' } }, true],
    ['on consent', { consent: { channel: 'sms' } }, true],
    ['on messages', { message: { was: 'clicked' }, within: '30d' }, true],
    ['of no kind', { weather: 'sunny' }, false],
    ['of two kinds', { segment: 'a', all: [] }, false],
    ['with a wrong duration', { inactive: { for: 'a while' } }, false],
  ]
  test.each(rules)('a rule %s', (_, rule, valid) => {
    const document = { ...goal([]), audience: rule }
    expect(campaignSchema.safeParse(document).success).toBe(valid)
    expect(faults('CampaignDocument', document).length === 0).toBe(valid)
  })

  const triggers: [unknown, boolean][] = [
    [{ kind: 'now' }, true],
    [{ kind: 'at', at: '2026-12-01T09:00:00Z' }, true],
    [{ kind: 'schedule', cron: '0 9 * * 1', timezone: 'Europe/Berlin' }, true],
    [{ kind: 'event', event: 'Signed Up', where: [{ property: 'plan', is: 'pro' }] }, true],
    [{ kind: 'inactivity', for: '30d' }, true],
    [{ kind: 'trialEnd', before: '3d' }, true],
    [{ kind: 'segmentEntry', segment: 'vip' }, true],
    [{ kind: 'date', attribute: 'birthday', before: '1d', yearly: true }, true],
    [{ kind: 'event' }, false],
    [{ kind: 'full moon' }, false],
  ]
  test.each(triggers)('the trigger %j', (trigger, valid) => {
    expect(campaignSchema.safeParse({ ...goal([]), trigger }).success).toBe(valid)
    expect(faults('CampaignDocument', { ...goal([]), trigger }).length === 0).toBe(valid)
  })
})

test('every schema that reads a body says what it reads', () => {
  const vague: string[] = []
  for (const { name, operation } of operations()) {
    const media = (operation.requestBody as { content?: Record<string, { schema?: Json }> } | undefined)?.content?.[
      'application/json'
    ]
    if (media?.schema && Object.keys(media.schema).length === 0) vague.push(name)
  }
  expect(vague).toEqual([])
})
