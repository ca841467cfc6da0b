import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApi, testApi } from '../support/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await testApi()
  const batch = [
    ...Array.from({ length: 7 }, (_, i) => ({
      type: 'identify',
      userId: `n${i}`,
      traits: { plan: 'pro', pet: { name: 'Rex' } },
    })),
    ...Array.from({ length: 3 }, (_, i) => ({
      type: 'identify',
      userId: `f${i}`,
      traits: { firstName: 'Ada', plan: 'free', items: [] },
    })),
    ...[{ sku: 'x' }, {}, { sku: null }].map(properties => ({ type: 'track', userId: 'n0', event: 'Viewed', properties })),
  ]
  expect((await api.call('POST', '/v1/batch', { batch })).status).toBe(200)
})
afterAll(() => api.close())

const warningsOf = async (document: object) => {
  const { body } = await api.call('POST', '/v1/campaigns', { name: 'x', trigger: { kind: 'now' }, ...document })
  const answer = await api.call('POST', `/v1/campaigns/${body.id}/validate`)
  expect(answer.body).toMatchObject({ ok: true, problems: [] })
  return answer.body.warnings.filter((warning: { code: string }) => warning.code === 'missingField')
}
const sms = (body: string) => ({ kind: 'message', channel: 'sms', content: { body } })
const goal = (journey: unknown[], when?: object, key = 'g') => ({ key, kind: 'winBack', ...(when ? { when } : {}), journey })

test('a field without a default is counted over the audience that lacks it', async () => {
  const warnings = await warningsOf({
    goals: [goal([{ kind: 'wait', for: '1d' }, sms('Hi {{ customer.firstName }}, {{ customer.plan }}')])],
  })
  expect(warnings).toEqual([
    {
      path: '/goals/0/journey/1/content/body',
      code: 'missingField',
      message: '7 of 10 have no firstName and would be skipped here (line 1, column 7)',
      hint: 'Write {{ customer.firstName | default: "…" }}, or ask for it in the audience.',
    },
  ])
})

test('a default, a test around it, or an audience that has it leaves nothing to say', async () => {
  expect(await warningsOf({ goals: [goal([sms('Hi {{ customer.firstName | default: "you" }}')])] })).toEqual([])
  expect(await warningsOf({ goals: [goal([sms('Hi{% if customer.firstName %} {{ customer.firstName }}{% endif %}')])] })).toEqual(
    [],
  )
  const audience = { attribute: 'firstName', exists: true }
  expect(await warningsOf({ audience, goals: [goal([sms('Hi {{ customer.firstName }}')])] })).toEqual([])
})

test('only those who come to the goal count, and each variant is looked at', async () => {
  const warnings = await warningsOf({
    experiment: {
      variants: [
        { key: 'a', weight: 1 },
        { key: 'b', weight: 1 },
      ],
    },
    goals: [
      goal([sms('{{ customer.plan }}')], { attribute: 'plan', is: 'free' }, 'free'),
      goal(
        [{ kind: 'message', channel: 'sms', content: { a: { body: 'x' }, b: { body: '{{ customer.firstName }}' } } }],
        undefined,
        'rest',
      ),
    ],
  })
  expect(warnings).toMatchObject([
    { path: '/goals/1/journey/0/content/b/body', message: expect.stringMatching(/^7 of 7 have no firstName/) },
  ])
})

test('attributes are read as the template reads them: by path, null as missing, empty as there', async () => {
  const warnings = await warningsOf({
    goals: [
      goal([
        sms('{{ customer.pet.name }} {{ customer.attributes.pet.name }} {{ customer.items.size }} {{ customer.externalId }}'),
      ]),
    ],
  })
  expect(warnings.map((warning: { message: string }) => warning.message.replace(/ and would.*/, ''))).toEqual([
    '3 of 10 have no pet.name',
    '3 of 10 have no attributes.pet.name',
    '7 of 10 have no items',
  ])
})

test('what the starting event lacks is counted over the newest such events', async () => {
  const goals = [goal([sms('{{ event.properties.sku }}')])]
  const [warning] = await warningsOf({ trigger: { kind: 'event', event: 'Viewed' }, goals })
  expect(warning.message).toMatch(/^2 of the newest 3 "Viewed" have no sku/)
  const [never] = await warningsOf({ goals })
  expect(never.message).toMatch(/^nobody has event.properties.sku: no event brings customers/)
})
