import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importIds } from '../../domain/ids.ts'
import { sql } from '../../domain/sql.ts'
import { languageOf } from '../../domain/texts/language.ts'
import { textsIn } from '../../domain/texts/texts.ts'
import { type TestApi, testApi } from '../support/api.ts'

/** What is the same word, number or name in both languages. */
const sameInBoth = new Set(['everywhere.number', 'fields.standard', 'journey.steps.event', 'rules.status', 'scores.part'])

/** Every text of a catalogue, those made of facts said with facts that stand for themselves. */
function* texts(part: object, other: object, path: string): Generator<[string, string, string]> {
  for (const [key, value] of Object.entries(part)) {
    const twin = (other as Record<string, unknown>)[key]
    const here = path ? `${path}.${key}` : key
    if (typeof value === 'string') yield [here, value, String(twin)]
    else if (typeof value === 'object' && value !== null) yield* texts(value, twin as object, here)
  }
}

describe('the catalogue of what the server says', () => {
  test('says every text in Swedish, and none of them in English', () => {
    const all = [...texts(textsIn.en, textsIn.sv, '')]
    expect(all.length).toBeGreaterThan(200)
    expect(
      all.filter(([path, en, sv]) => (en === sv || sv.trim() === '') && !sameInBoth.has(path)).map(([path]) => path),
    ).toEqual([])
  })

  test('has a function of as many facts in every language', () => {
    const functions = (part: object, path = ''): [string, number][] =>
      Object.entries(part).flatMap(([key, value]) =>
        typeof value === 'function'
          ? [[`${path}${key}`, value.length] as [string, number]]
          : typeof value === 'object' && value !== null
            ? functions(value, `${path}${key}.`)
            : [],
      )
    expect(
      functions(textsIn.sv)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(
      functions(textsIn.en)
        .map(([name]) => name)
        .toSorted(),
    )
  })
})

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['sv', 'sv'],
  ['sv-FI,sv;q=0.9,en;q=0.8', 'sv'],
  ['en-GB,sv;q=0.9', 'en'],
  ['de,sv;q=0.5', 'sv'],
  ['sv;q=0,en', 'en'],
  ['fi', 'en'],
  ['*', 'en'],
  [', ;q=,,', 'en'],
])('a caller who accepts %s reads %s', (accepts, language) => expect(languageOf(accepts)).toBe(language))

/** Words that English sentences cannot do without and Swedish ones do not have. */
const english = /\b(the|of|is|are|and|with|there|no|this|to|was|has|have|customers?)\b/i

describe('the API', () => {
  let api: TestApi
  const swedish = { headers: { 'accept-language': 'sv-SE,sv;q=0.9,en;q=0.5' } }
  const ask = (method: string, path: string, body?: unknown) => api.call(method, path, body, swedish)
  beforeAll(async () => {
    api = await testApi()
  })
  afterAll(() => api.close())

  const document = (more: object = {}) => ({
    name: 'Hej',
    trigger: { kind: 'now' },
    audience: { attribute: 'plan', is: 'pro' },
    goals: [
      {
        key: 'g',
        kind: 'winBack',
        success: { event: 'Order Completed', within: '14d' },
        journey: [{ kind: 'message', channel: 'sms', content: { body: 'Hej' } }],
      },
    ],
    ...more,
  })

  test('says in which language it answers, and answers in English when asked for none it knows', async () => {
    const answer = await ask('GET', '/v1/segments/nowhere')
    expect(answer.headers).toMatchObject({ 'content-language': 'sv', vary: expect.stringMatching(/accept-language/i) })
    expect(answer.body).toMatchObject({ title: 'Något sådant finns inte', detail: 'Det finns inget segment "nowhere".' })
    const other = await api.call('GET', '/v1/segments/nowhere', undefined, { headers: { 'accept-language': 'fi' } })
    expect(other.headers).toMatchObject({ 'content-language': 'en' })
    expect(other.body).toMatchObject({ title: 'There is no such thing', detail: 'There is no segment "nowhere".' })
  })

  test('says a rule in plain Swedish', async () => {
    const rule = {
      all: [
        { event: 'Order Completed', count: { gte: 2 }, within: '30d', where: [{ property: 'category', is: 'shoes' }] },
        { any: [{ inactive: { for: '14d', neverCounts: true } }, { not: { lifecycle: 'atRisk' } }] },
        { subscription: { status: 'trialing', trialEndsWithin: '3d' } },
      ],
    }
    const answer = await ask('POST', '/v1/segments/preview', { rule })
    expect(answer.body.summary).toBe(
      'gjorde minst 2 gånger "Order Completed" där category är "shoes" under de senaste 30 dagar och (har inte setts på 14 dagar eller någonsin eller inte (är i riskzonen)) och har en prenumeration: på prov, med en provperiod som tar slut inom 3 dagar',
    )
  })

  test.each([
    ['a field of the wrong type', '/v1/campaigns', { ...document(), name: 7 }, '/name', 'här väntas en text, inte ett tal'],
    ['a missing field', '/v1/campaigns', { ...document(), trigger: undefined }, '/trigger', undefined],
    ['an unknown field', '/v1/campaigns', { ...document(), nmae: 'x' }, '/nmae', 'det finns inget fält nmae här'],
    [
      'an unknown kind of step',
      '/v1/campaigns',
      document({ goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'shout' }] }] }),
      '/goals/0/journey/0/kind',
      undefined,
    ],
    [
      'a wrong wait',
      '/v1/campaigns',
      document({ goals: [{ key: 'g', kind: 'winBack', journey: [{ kind: 'wait' }] }] }),
      '/goals/0/journey/0/for',
      'en väntan har antingen "for" (en varaktighet) eller "until" (en lokal tid)',
    ],
    [
      'a wrong duration',
      '/v1/segments/preview',
      { rule: { inactive: { for: 'long' } } },
      '/rule/inactive/for',
      'en varaktighet är ett tal och en av s, m, h, d, w, till exempel "3d"',
    ],
    ['an unknown rule', '/v1/segments/preview', { rule: { colour: 'red' } }, '/rule/colour', undefined],
    [
      'an unknown segment',
      '/v1/segments/preview',
      { rule: { segment: 'nowhere' } },
      '/rule/segment',
      'det finns inget segment "nowhere"',
    ],
    [
      'a repeated goal',
      '/v1/campaigns',
      document({ goals: [document().goals[0], document().goals[0]] }),
      '/goals/1/key',
      'ett annat mål har nyckeln "g"',
    ],
  ])('refuses %s in Swedish, beside the field', async (_, path, body, pointer, message) => {
    const { body: problem } = await ask('POST', path, body)
    const fault = problem.errors.find((each: { path: string }) => each.path === pointer)
    expect(fault, JSON.stringify(problem)).toBeDefined()
    if (message) expect(fault.message).toBe(message)
    for (const said of [
      problem.title,
      problem.detail,
      ...problem.errors.flatMap((each: { message: string; hint: string }) => [each.message, each.hint]),
    ])
      expect(said).not.toMatch(english)
  })

  test('validates, launches and judges in Swedish', async () => {
    const made = await ask(
      'POST',
      '/v1/campaigns',
      document({ experiment: { holdout: 0.1, variants: [{ key: 'a', weight: 1 }] } }),
    )
    expect(made.status, made.text).toBe(201)
    const at = `/v1/campaigns/${made.body.id}`
    const valid = await ask('POST', `${at}/validate`)
    const found = [...valid.body.problems, ...valid.body.warnings]
    for (const { message, hint } of found) expect(`${message} ${hint}`).not.toMatch(english)
    const refused = await ask('POST', `${at}/launch`, {})
    expect(refused.status).toBe(422)
    expect(refused.body.errors[0].message).toBe('ingen finns i målgruppen, så det finns ingen att starta för')
    const { body: results } = await ask('GET', `${at}/results`)
    expect(results.definition).toBe(
      'kunder med ”Order Completed” inom 14 dagar efter att de kom in ÷ kunder som kom in för så länge sedan',
    )
    expect(results.decision.because).toBe('Ingen har kommit in ännu, så det finns inget att jämföra.')
    expect(results.population.rule).not.toMatch(english)
    expect(results.retention.meaning).not.toMatch(english)
    const { body: plan } = await ask('POST', `${at}/plan`, {})
    expect(plan.because).toMatch(/^För få kunder har ett förflutet/)
  })

  test('names its metrics and templates in Swedish, and explains scores', async () => {
    const { body: metrics } = await ask('GET', '/v1/metrics')
    expect(metrics.data.find((each: { metric: string }) => each.metric === 'crr').describe).toMatch(/^Andel behållna kunder/)
    const { body: templates } = await ask('GET', '/v1/templates')
    for (const { name, description } of templates.data) expect(`${name} ${description}`).not.toMatch(english)
  })

  test('says in Swedish why lines of a file and fields of a profile are not taken, and in each reader’s language when asked again', async () => {
    const csv = 'externalId,channel,status\nanna,fax,subscribed\nbo,sms,perhaps\n'
    const preview = await api.app.inject({
      method: 'POST',
      url: '/v1/imports/preview?kind=consents',
      headers: { authorization: `Bearer ${api.ownerKey}`, 'content-type': 'text/csv', 'accept-language': 'sv' },
      payload: csv,
    })
    expect(preview.json().rejections.map((each: { message: string }) => each.message)).toEqual([
      'channel är varken email, sms eller inApp',
      'status är varken subscribed eller unsubscribed',
    ])
    const refused = await api.app.inject({
      method: 'POST',
      url: '/v1/imports?kind=consents',
      headers: { authorization: `Bearer ${api.ownerKey}`, 'content-type': 'text/csv', 'accept-language': 'sv' },
      payload: 'channel\nsms\n',
    })
    for (const { message, hint } of refused.json().errors) expect(`${message} ${hint}`).not.toMatch(english)
    const profile = await ask('PUT', '/v1/customers/anna', { email: 'no address', timezone: 'Mars' })
    expect(profile.body.errors.map((each: { message: string }) => each.message)).toEqual([
      'email är ingen e-postadress',
      'timezone är ingen tidszon i IANA:s databas, till exempel Europe/Berlin',
    ])

    // Kept as which text and which facts; what is older was kept as a sentence.
    const { id } = (await api.db.row<{ id: number }>(sql`INSERT INTO import (kind, format, status, created_at)
      VALUES ('events', 'csv', 'completed', ${new Date()}) RETURNING id`))!
    const said = JSON.stringify({ text: 'tooManyCells', facts: [3, 2] })
    await api.db.run(sql`INSERT INTO import_rejection (import, line, code, message, said)
      VALUES (${id}, 2, 'tooManyCells', 'has 3 cells and the header 2', ${said}::jsonb), (${id}, 3, 'old', 'an old sentence', NULL)`)
    const messages = async (language: string) => {
      const path = `/v1/imports/${importIds.show(id)}`
      const { body } = await api.call('GET', path, undefined, { headers: { 'accept-language': language } })
      return body.rejections.map((each: { message: string }) => each.message)
    }
    expect(await messages('sv')).toEqual(['har 3 celler och rubriken 2', 'an old sentence'])
    expect(await messages('en')).toEqual(['has 3 cells and the header 2', 'an old sentence'])
  })

  test('says in Swedish what is wrong with MJML and what a rule cannot compare', async () => {
    const letter = { subject: 'Hej', mjml: '<mjml><mj-body><mj-shout/></mj-body></mjml>' }
    const journey = [{ kind: 'message', channel: 'email', class: 'transactional', content: letter }]
    const { body } = await ask('POST', '/v1/campaigns', document({ goals: [{ ...document().goals[0], journey }] }))
    expect(body.errors[0]).toMatchObject({
      message: 'det finns inget MJML-element <mj-shout> (rad 1, kolumn 16)',
      hint: 'Se mjml.io för dem som finns.',
    })
    await api.call('PUT', '/v1/customers/cajsa', { size: '42' })
    const preview = await ask('POST', '/v1/segments/preview', { rule: { attribute: 'size', is: 42 } })
    expect(preview.body.warnings[0].message).toBe('"is" jämför ett tal, och size är text överallt där det setts')
  })

  test('speaks English to machines whatever they accept', async () => {
    const answer = await api.call('POST', '/webhooks/sendgrid/events', [], { key: null, ...swedish })
    expect(answer.status).toBe(403)
    expect(answer.body.title).toBe(textsIn.en.problems.badSignature.title)
  })
})
