import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTwilioInbound, readTwilioStatus, verifyTwilio } from '../../channels/sms/twilio-events.ts'
import { readSmsErrors } from '../../domain/message/sms-errors.ts'
import { startTwilio, type TwilioServer } from '../providers/twilio.ts'

const messageId = randomUUID()
const url = `https://shop.example/webhooks/twilio/status?message=${messageId}`
const params = { MessageSid: 'SM1', MessageStatus: 'delivered', To: '+15551234567', Body: 'så här & där' }
let provider: TwilioServer
beforeAll(async () => {
  provider = await startTwilio()
})
afterAll(() => provider.close())

describe('the signature of a Twilio webhook', () => {
  // https://www.twilio.com/docs/usage/security: the documented example.
  it('is taken as Twilio documents it', () => {
    const example = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675309',
      Digits: '1234',
      From: '+14158675309',
      To: '+18005551212',
    }
    expect(verifyTwilio('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', example, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=')).toBe(
      true,
    )
  })

  it('is of the public address, with or without its port', () => {
    const signature = provider.sign(url, params)
    expect(verifyTwilio(provider.authToken, url, params, signature)).toBe(true)
    expect(verifyTwilio(provider.authToken, url.replace('shop.example', 'shop.example:443'), params, signature)).toBe(true)
    expect(
      verifyTwilio(provider.authToken, url.replace('https://shop.example', 'http://127.0.0.1:3000'), params, signature),
    ).toBe(false)
  })

  it.each([
    ['unsigned', url, params, undefined],
    ['with an empty signature', url, params, ''],
    ['for another message', url.replace(messageId, randomUUID()), params, 'sign'],
    ['with another status', url, { ...params, MessageStatus: 'failed' }, 'sign'],
    ['with a field more', url, { ...params, ErrorCode: '21610' }, 'sign'],
    ['with a field less', url, { MessageSid: 'SM1' }, 'sign'],
    ['to an address that is none', 'status', params, 'sign'],
  ])('is refused when it comes %s', (_, at, given, signature) => {
    const real = signature === 'sign' ? provider.sign(url, params) : signature
    expect(verifyTwilio(provider.authToken, at, given, real)).toBe(false)
  })

  it('is refused with another token, or without one', () => {
    expect(verifyTwilio('other', url, params, provider.sign(url, params))).toBe(false)
    expect(verifyTwilio('', url, params, provider.sign(url, params))).toBe(false)
  })
})

describe('a status of an SMS', () => {
  const read = (status: string, more: Record<string, string> = {}) =>
    readTwilioStatus({ MessageSid: 'SM1', MessageStatus: status, ...more }, { message: messageId }, 5_000)
  it.each([
    ['queued', {}, { kind: 'processed' }],
    ['sent', {}, { kind: 'processed' }],
    ['delivered', {}, { kind: 'delivered' }],
    ['read', {}, { kind: 'opened' }],
    [
      'undelivered',
      { ErrorCode: '30003' },
      { kind: 'bounced', permanent: false, reason: '30003: the phone is off or out of reach' },
    ],
    [
      'undelivered',
      { ErrorCode: '30005' },
      { kind: 'bounced', permanent: true, suppress: 'bounce', reason: '30005: the number does not exist' },
    ],
    [
      'failed',
      { ErrorCode: '21610' },
      { kind: 'dropped', permanent: true, suppress: 'stop', reason: '21610: the person answered STOP to this sender' },
    ],
    ['failed', { ErrorCode: '99999' }, { kind: 'dropped', permanent: false, reason: '99999' }],
  ])('"%s" %o is read in our words', (status, more, news) => {
    expect(read(status, more)).toEqual({ eventId: `SM1 ${status}`, providerId: 'SM1', messageId, at: 5_000, ...news })
  })

  it('means what the configuration says of its code, where it says something', () => {
    const errors = readSmsErrors('30005=refused, 30007=bounce')
    const told = (ErrorCode: string) =>
      readTwilioStatus({ MessageSid: 'SM1', MessageStatus: 'undelivered', ErrorCode }, {}, 0, undefined, errors)
    expect(told('30005')).toMatchObject({ kind: 'bounced', permanent: false, reason: '30005: as TWILIO_ERRORS says' })
    expect(told('30007')).toMatchObject({ permanent: true, suppress: 'bounce' })
    expect(told('30006')).toMatchObject({ permanent: true, suppress: 'bounce' })
  })

  it('is nothing when it is of no message or of a status nobody knows', () => {
    expect(readTwilioStatus({}, {}, 0)).toBeUndefined()
    expect(readTwilioStatus({ MessageSid: 'SM1', MessageStatus: 'toString' }, {}, 0)).toBeUndefined()
    expect(readTwilioStatus({ MessageSid: 'SM1', MessageStatus: 'sent' }, { message: 'x' }, 0)).not.toHaveProperty('messageId')
  })
})

describe('an SMS from a person', () => {
  it('is read with its words, and with what Twilio took it for', () => {
    const form = { From: '+15551234567', To: '+15005550006', Body: 'Stop please 🙏', MessageSid: 'SM2', OptOutType: 'STOP' }
    expect(readTwilioInbound(form)).toEqual({
      from: '+15551234567',
      to: '+15005550006',
      body: 'Stop please 🙏',
      sid: 'SM2',
      optOut: 'stop',
    })
    expect(readTwilioInbound({ From: '+15551234567', MessageSid: 'SM2' })).toEqual({
      from: '+15551234567',
      to: '',
      body: '',
      sid: 'SM2',
    })
  })

  it('is nothing without a sender', () => {
    expect(readTwilioInbound({ MessageSid: 'SM2', Body: 'hi' })).toBeUndefined()
  })
})
