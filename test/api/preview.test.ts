import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApi, testApi } from '../support/api.ts'

const at = new Date('2026-11-25T12:00:00Z')
let api: TestApi
beforeAll(async () => {
  api = await testApi({
    clock: () => at,
    env: { POSTAL_ADDRESS: 'Main Street 1, Springfield', PUBLIC_URL: 'https://shop.example' },
  })
  const batch = [
    {
      type: 'identify',
      userId: 'ada',
      traits: {
        email: 'ada@example.com',
        phone: '+46701234567',
        firstName: 'Ada & Co',
        plan: 'pro',
        timezone: 'Europe/Stockholm',
      },
    },
    { type: 'identify', userId: 'nobody', traits: { plan: 'free' } },
    { type: 'track', userId: 'ada', event: 'Trial Ended', properties: { plan: 'old' }, timestamp: '2026-11-24T10:00:00Z' },
    { type: 'track', userId: 'ada', event: 'Trial Ended', properties: { plan: 'gold' }, timestamp: '2026-11-25T10:00:00Z' },
  ]
  expect((await api.call('POST', '/v1/batch', { batch })).status).toBe(200)
})
afterAll(() => api.close())

const html =
  '<html><body><p>Hi {{ customer.firstName | default: "there" }}</p><a href="{{ unsubscribeUrl }}">Leave</a> {{ postalAddress }}</body></html>'
const message = (channel: string, content: unknown, more: object = {}) => ({
  kind: 'message',
  channel,
  content,
  id: 'hello',
  ...more,
})
const draft = async (journey: unknown[], more: object = {}): Promise<string> => {
  const answer = await api.call('POST', '/v1/campaigns', {
    name: 'Spring',
    trigger: { kind: 'now' },
    goals: [{ key: 'g', kind: 'winBack', journey }],
    ...more,
  })
  expect(answer.body).toMatchObject({ status: 'draft' })
  return answer.body.id
}
const preview = (id: string, body: object, key?: string) =>
  api.call('POST', `/v1/campaigns/${id}/preview`, body, key === undefined ? {} : { key })

describe('a preview of a draft', () => {
  test('can be of what its author has not saved yet; nothing of it is stored, and what does not read is refused by its place', async () => {
    const id = await draft([message('email', { subject: 'Saved', html })])
    const { body: stored } = await api.call('GET', `/v1/campaigns/${id}`)
    const unsaved = (subject: string) => ({
      name: 'Spring',
      trigger: { kind: 'now' },
      goals: [{ key: 'g', kind: 'winBack', journey: [message('email', { subject, html })] }],
    })
    expect((await preview(id, { customer: 'ada', document: unsaved('Dear {{ customer.firstName }}') })).body.subject).toBe(
      'Dear Ada & Co',
    )
    expect((await preview(id, { customer: 'ada' })).body.subject).toBe('Saved')
    expect((await api.call('GET', `/v1/campaigns/${id}`)).body).toEqual(stored)
    const broken = await preview(id, { customer: 'ada', document: unsaved('Dear {{ customer.firstName') })
    expect([broken.status, broken.status < 500]).toEqual([422, true])
  })

  test('is the whole e-mail as this customer would read it, its links leading nowhere', async () => {
    const id = await draft([
      message('email', {
        subject: '{{ customer.firstName }}, {{ campaign.name }} is here',
        preheader: 'Only for {{ customer.plan }} & friends',
        html,
      }),
    ])
    const { status, body } = await preview(id, { customer: 'ada' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      customer: 'ada',
      step: 'hello',
      variant: 'all',
      class: 'marketing',
      channel: 'email',
      to: 'ada@example.com',
      from: null,
      subject: 'Ada & Co, Spring is here',
      preheader: 'Only for pro & friends',
    })
    expect(body.html).toContain(
      '<p>Hi Ada &amp; Co</p><a href="https://shop.example/u/preview">Leave</a> Main Street 1, Springfield',
    )
    expect(body.html).toContain('Only for pro &amp; friends')
    expect(body.text).toContain('Hi Ada & Co')
  })

  test('uses a default where this customer lacks the field, and says that there is no address', async () => {
    const id = await draft([message('email', { subject: 'Hello', html })])
    const { body } = await preview(id, { customer: 'nobody', step: 'hello' })
    expect(body).toMatchObject({ to: null, subject: 'Hello', preheader: null })
    expect(body.html).toContain('<p>Hi there</p>')
  })

  test('of an SMS says how many segments it takes and in which encoding', async () => {
    const id = await draft([message('sms', { body: 'Ciao {{ customer.firstName }} 🎉' })])
    expect((await preview(id, { customer: 'ada' })).body).toMatchObject({
      channel: 'sms',
      to: '+46701234567',
      body: 'Ciao Ada & Co 🎉\nReply STOP to opt out',
      segments: 1,
      encoding: 'UCS-2',
    })
    const told = await draft([message('sms', { body: 'STOP ends it' })])
    expect((await preview(told, { customer: 'ada' })).body).toMatchObject({ body: 'STOP ends it', encoding: 'GSM-7' })
  })

  test('of an in-app message has its action', async () => {
    const content = {
      title: 'Hi',
      body: '{{ customer.firstName }}',
      action: { url: 'https://shop.example/{{ customer.plan }}', label: 'Go' },
    }
    const id = await draft([message('inApp', content)])
    expect((await preview(id, { customer: 'ada' })).body).toMatchObject({
      channel: 'inApp',
      title: 'Hi',
      body: 'Ada & Co',
      action: 'https://shop.example/pro',
      actionLabel: 'Go',
    })
  })

  test('shows the variant asked for, else the one this customer would be given', async () => {
    const variants = [
      { key: 'a', weight: 0 },
      { key: 'b', weight: 1 },
    ]
    const id = await draft([message('sms', { a: { body: 'first' }, b: { body: 'second' } }, { class: 'transactional' })], {
      experiment: { variants },
    })
    expect((await preview(id, { customer: 'ada', variant: 'a' })).body).toMatchObject({ variant: 'a', body: 'first' })
    expect((await preview(id, { customer: 'ada' })).body).toMatchObject({ variant: 'b', body: 'second' })
    const unknown = await preview(id, { customer: 'ada', variant: 'c' })
    expect([unknown.status, unknown.body.errors[0]]).toMatchObject([
      422,
      { path: '/variant', code: 'unknownVariant', hint: 'Its variants are a, b.' },
    ])
  })

  test('of a campaign that an event starts fills in the newest such event, or the one that is given', async () => {
    const body = 'Your {{ event.properties.plan | default: "trial" }} has ended'
    const id = await draft([message('sms', { body }, { class: 'transactional' })], {
      trigger: { kind: 'event', event: 'Trial Ended' },
    })
    expect((await preview(id, { customer: 'ada' })).body.body).toBe('Your gold has ended')
    expect((await preview(id, { customer: 'nobody' })).body.body).toBe('Your trial has ended')
    const given = { customer: 'nobody', event: { properties: { plan: 'silver' } } }
    expect((await preview(id, given)).body.body).toBe('Your silver has ended')
  })

  test('stores nothing', async () => {
    const id = await draft([message('sms', { body: 'x' })])
    await preview(id, { customer: 'ada' })
    const { rows } = await api.db.pool.query('SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM outbox) AS n')
    expect(rows[0].n).toBe(0)
  })
})

describe('a preview that cannot be given names what is missing', () => {
  test('a field without a default, with its place and how to mend it', async () => {
    const id = await draft([message('sms', { body: 'Dear\n{{ customer.firstName }}' })])
    const { status, body } = await preview(id, { customer: 'nobody' })
    expect(status).toBe(422)
    expect(body.errors).toEqual([
      {
        path: '/customer',
        code: 'missingField',
        message:
          'there is no customer.firstName for this customer and the template has no default for it (body, line 2, column 4)',
        hint: 'Write {{ customer.firstName | default: "…" }}, or choose a customer who has it.',
      },
    ])
  })

  test('a step that is not there, is no message, or is one of several', async () => {
    const id = await draft([
      message('sms', { body: 'x' }),
      { kind: 'wait', for: '1d', id: 'rest' },
      { ...message('sms', { body: 'y' }), id: 'again' },
    ])
    const codes = async (body: object) => {
      const answer = await preview(id, { customer: 'ada', ...body })
      return [answer.status, answer.body.errors[0].path, answer.body.errors[0].code, answer.body.errors[0].hint]
    }
    const hint = 'Its messages are: "hello", "again".'
    expect(await codes({ step: 'nowhere' })).toEqual([422, '/step', 'unknownStep', hint])
    expect(await codes({ step: 'rest' })).toEqual([422, '/step', 'notAMessage', hint])
    expect(await codes({})).toEqual([422, '/step', 'missing', hint])
  })

  test('a campaign or a customer that is not there', async () => {
    const id = await draft([message('sms', { body: 'x' })])
    expect((await preview('cmp_999999', { customer: 'ada' })).status).toBe(404)
    const unknown = await preview(id, { customer: 'who' })
    expect([unknown.status, unknown.body.errors[0].path]).toEqual([404, '/customer'])
  })

  test('a key that only sends events; who may read may look', async () => {
    const id = await draft([message('sms', { body: 'x' })])
    expect((await preview(id, { customer: 'ada' }, await api.key('ingest'))).status).toBe(403)
    expect((await preview(id, { customer: 'ada' }, await api.key('viewer'))).status).toBe(200)
  })
})

describe('MJML', () => {
  const mjml =
    '<mjml><mj-body><mj-section><mj-column><mj-text>Hi {{ customer.firstName }}</mj-text><mj-text><a href="{{ unsubscribeUrl }}">Leave</a> {{ postalAddress }}</mj-text></mj-column></mj-section></mj-body></mjml>'
  const document = (content: object) => ({
    name: 'Spring',
    trigger: { kind: 'now' },
    goals: [{ key: 'g', kind: 'winBack', journey: [message('email', content)] }],
  })

  test('is compiled when the campaign is saved, stays beside its html, and is previewed from it', async () => {
    const id = await draft([message('email', { subject: 'S', mjml })])
    const stored = (await api.call('GET', `/v1/campaigns/${id}`)).body
    expect(stored.goals[0].journey[0].content).toMatchObject({ mjml, html: expect.stringMatching(/^<!doctype html>/) })
    const shown = await preview(id, { customer: 'ada' })
    expect(shown.body.html).toContain('Hi Ada &amp; Co</div>')
    expect(shown.body.text).toMatch(/^Hi Ada & Co\n/)
  })

  test('is compiled anew when what was read is changed and sent back', async () => {
    const id = await draft([message('email', { subject: 'S', mjml })])
    const { html } = (await api.call('GET', `/v1/campaigns/${id}`)).body.goals[0].journey[0].content
    const content = { subject: 'S', mjml: mjml.replace('Hi', 'Dear'), html }
    expect((await api.call('PUT', `/v1/campaigns/${id}`, document(content))).status).toBe(200)
    expect((await preview(id, { customer: 'ada' })).body.text).toMatch(/^Dear Ada & Co\n/)
  })

  test('that does not compile is refused with its place, and owes what html owes', async () => {
    const broken = await api.call('POST', '/v1/campaigns', document({ subject: 'S', mjml: mjml.replace('</mj-text>', '') }))
    expect([broken.status, broken.body.errors[0]]).toMatchObject([
      422,
      {
        path: '/goals/0/journey/0/content/mjml',
        code: 'mjmlSyntax',
        message: expect.stringMatching(/^the MJML does not compile/),
      },
    ])
    const bare = await api.call(
      'POST',
      '/v1/campaigns',
      document({ subject: 'S', mjml: mjml.replace('{{ unsubscribeUrl }}', '#') }),
    )
    expect(bare.body.errors).toMatchObject([{ path: '/goals/0/journey/0/content/mjml', code: 'noUnsubscribeLink' }])
  })
})
