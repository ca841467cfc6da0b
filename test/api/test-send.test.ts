import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsInOrder } from '../providers/faults.ts'
import { type SendGridServer, startSendGrid } from '../providers/sendgrid.ts'
import { type TestApi, testApi } from '../support/api.ts'

let sandbox: TestApi
let api: TestApi
let sendgrid: SendGridServer

beforeAll(async () => {
  sendgrid = await startSendGrid()
  sandbox = await testApi()
  api = await testApi({
    env: { SENDGRID_API_KEY: sendgrid.apiKey, SENDGRID_BASE_URL: sendgrid.url, SENDGRID_FROM: 'Shop <shop@shop.example>' },
  })
})
afterAll(async () => {
  await Promise.all([sandbox?.close(), api?.close()])
  await sendgrid?.close()
})

const send = (to: string, more: object = {}, through = api) =>
  through.call('POST', '/v1/settings/test-send', { channel: 'email', to, ...more })
const arrived = (to: string) => sendgrid.deliveries.filter(each => each.to === to)

describe('a test send', () => {
  test('goes through the provider, marked as a test, and answers what the provider said', async () => {
    const answer = await send('me@shop.example')
    expect(answer.body).toMatchObject({ provider: 'sendgrid', to: 'me@shop.example', outcome: 'accepted' })
    expect(arrived('me@shop.example')).toEqual([expect.objectContaining({ subject: expect.stringMatching(/^\[Test\]/) })])
  })

  test('what the provider refuses or leaves open is said, and is no failure of ours', async () => {
    sendgrid.setFaults(faultsInOrder('error500Before'))
    const answer = await send('doubt@shop.example')
    sendgrid.setFaults(undefined)
    expect([answer.status, answer.body.outcome]).toEqual([200, 'unclear'])
    expect(answer.body.detail).toBeTruthy()
  })

  test.each(['manual', 'bounce', 'complaint', 'stop', 'unsubscribed'])(
    'is refused to an address that is suppressed: %s',
    async reason => {
      const to = `${reason}@mail.example`
      await api.call('POST', '/v1/suppressions', { channel: 'email', address: to, reason })
      for (const spelled of [to, ` ${to} `, to.replace('mail', 'MAIL')]) {
        const refused = await send(spelled)
        expect(refused.status).toBe(409)
        expect(refused.body.errors).toEqual([expect.objectContaining({ path: '/to', code: 'suppressed' })])
        expect(refused.body.detail).toContain(reason)
      }
      expect(arrived(to)).toEqual([])
    },
  )

  test('is refused to a customer who unsubscribed', async () => {
    await api.call('POST', '/v1/identify', { userId: 'no', traits: { email: 'no@mail.example' } })
    await api.call('PUT', '/v1/customers/no/consents', { channel: 'email', status: 'unsubscribed', source: 'form' })
    expect((await send('no@mail.example')).status).toBe(409)
    expect(arrived('no@mail.example')).toEqual([])
  })

  test('can be a message of a campaign, as one customer would read it', async () => {
    await api.call('POST', '/v1/identify', { userId: 'ada', traits: { firstName: 'Ada' } })
    await api.call('PUT', '/v1/settings', { postalAddress: 'Main Street 1' })
    const html = '<p>Hello {{ customer.firstName }} {{ postalAddress }} <a href="{{ unsubscribeUrl }}">no more</a></p>'
    const { body } = await api.call('POST', '/v1/campaigns', {
      name: 'Tried',
      trigger: { kind: 'now' },
      audience: { all: [] },
      goals: [
        {
          key: 'g',
          kind: 'education',
          journey: [{ kind: 'message', id: 'hi', channel: 'email', content: { subject: 'Dear {{ customer.firstName }}', html } }],
        },
      ],
    })
    const message = { campaign: body.id, step: 'hi', customer: 'ada' }
    expect((await send('me2@shop.example', { message })).body.outcome).toBe('accepted')
    expect(arrived('me2@shop.example')[0]).toMatchObject({
      subject: '[Test] Dear Ada',
      html: expect.stringContaining('Hello Ada'),
    })
    expect((await send('+46701740605', { channel: 'sms', message })).body.errors[0]).toMatchObject({ path: '/channel' })
    expect((await send('me2@shop.example', { message: { ...message, customer: 'nobody' } })).status).toBe(404)
  })

  test('without a provider lies in the outbox, apart from what campaigns sent, and no journey goes on by it', async () => {
    const answer = await send('you@shop.example', {}, sandbox)
    expect(answer.body).toMatchObject({ provider: 'sandbox', outcome: 'accepted' })
    const { data } = (await sandbox.call('GET', '/v1/outbox')).body
    expect(data).toEqual([expect.objectContaining({ test: true, to: 'you@shop.example', customer: null, campaign: null })])
    expect((await sandbox.call('POST', `/v1/outbox/${data[0].message}/played`, { did: 'clicked' })).status).toBe(409)
  })

  test('is no way for what is no address, for in-app, or for a role that may not launch', async () => {
    expect((await send('nobody')).body.errors[0].path).toBe('/to')
    expect((await send('x@y.example', { channel: 'sms' })).body.errors[0].path).toBe('/to')
    expect((await send('ada', { channel: 'inApp' })).body.errors[0]).toMatchObject({ path: '/channel', code: 'noTest' })
    const asked = { channel: 'email', to: 'a@b.example' }
    const author = await api.call('POST', '/v1/settings/test-send', asked, { key: await api.key('author') })
    expect(author.status).toBe(403)
  })

  test('is audited without the address', async () => {
    await send('secret@shop.example')
    const { data } = (await api.call('GET', '/v1/audit?limit=1')).body
    expect(data[0]).toMatchObject({
      action: 'channel.tested',
      target: 'email',
      facts: { provider: 'sendgrid', outcome: 'accepted' },
    })
    expect(JSON.stringify(data)).not.toContain('secret@')
  })
})
