import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSendGridEvents, verifySendGrid } from '../../channels/email/sendgrid-events.ts'
import { createSendGridReporter, type SendGridEventKind } from '../providers/sendgrid-events.ts'

const provider = createSendGridReporter({ seed: 1 })
const messageId = randomUUID()
const delivery = { messageId, to: 'ada@mail.example', requestId: 'abc123' }
const body = JSON.stringify([provider.event('click', delivery)])
const headers = provider.signed(body)

describe('the signature of an event webhook', () => {
  // A published example of SendGrid's own library (sendgrid-nodejs, eventwebhook.spec.js).
  it('is taken as SendGrid makes it', () => {
    const publicKey =
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA=='
    const example = {
      'x-twilio-email-event-webhook-signature':
        'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=',
      'x-twilio-email-event-webhook-timestamp': '1588788367',
    }
    const text = JSON.stringify({ category: 'example_payload', event: 'test_event', message_id: 'message_id' })
    expect(verifySendGrid(publicKey, example, text)).toBe(true)
    expect(verifySendGrid(publicKey, example, text.replace('test', 'best'))).toBe(false)
  })

  it('is taken from a key in DER and in PEM, over text and bytes', () => {
    const pem = `-----BEGIN PUBLIC KEY-----\n${provider.publicKey}\n-----END PUBLIC KEY-----`
    for (const key of [provider.publicKey, pem])
      for (const raw of [body, Buffer.from(body)]) expect(verifySendGrid(key, headers, raw)).toBe(true)
  })

  const other = createSendGridReporter({ seed: 2 })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const rsaKey = rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const timestamp = headers['x-twilio-email-event-webhook-timestamp']!
  const byRsa = sign('sha256', Buffer.from(timestamp + body), rsa.privateKey).toString('base64')
  it.each([
    ['unsigned', provider.publicKey, {}, body],
    ['without a time', provider.publicKey, { ...headers, 'x-twilio-email-event-webhook-timestamp': undefined }, body],
    ['with another time', provider.publicKey, { ...headers, 'x-twilio-email-event-webhook-timestamp': '1' }, body],
    ['altered by a byte', provider.publicKey, headers, `${body} `],
    ['signed by somebody else', other.publicKey, headers, body],
    ['with a signature that is none', provider.publicKey, { ...headers, 'x-twilio-email-event-webhook-signature': '%%%' }, body],
    [
      'with two signatures',
      provider.publicKey,
      { ...headers, 'x-twilio-email-event-webhook-signature': [headers['x-twilio-email-event-webhook-signature']!, 'x'] },
      body,
    ],
    ['with a key that is none', 'not a key', headers, body],
    ['with an empty key', '', headers, body],
    ['with a key of another kind', rsaKey, { ...headers, 'x-twilio-email-event-webhook-signature': byRsa }, body],
  ])('is refused when it comes %s', (_, key, given, raw) => {
    expect(verifySendGrid(key, given, raw)).toBe(false)
  })
})

describe('an event of SendGrid', () => {
  const read = (kind: SendGridEventKind, change: Record<string, unknown> = {}) =>
    readSendGridEvents([{ ...provider.event(kind, delivery, 1_700_000_000_000), ...change }])[0]

  it.each<[SendGridEventKind, object]>([
    ['processed', { kind: 'processed' }],
    ['deferred', { kind: 'deferred', reason: '400 try again later' }],
    ['delivered', { kind: 'delivered' }],
    ['open', { kind: 'opened' }],
    ['machineOpen', { kind: 'opened', machine: true }],
    ['click', { kind: 'clicked' }],
    ['bounce', { kind: 'bounced', permanent: true, suppress: 'bounce', reason: '550 5.1.1 The email account does not exist' }],
    ['blocked', { kind: 'bounced', permanent: false, reason: '452 mailbox full' }],
    ['dropped', { kind: 'dropped', permanent: true, suppress: 'bounce', reason: 'Bounced Address' }],
    ['spamreport', { kind: 'complained', suppress: 'complaint' }],
    ['unsubscribe', { kind: 'unsubscribed', suppress: 'unsubscribed' }],
  ])('"%s" is read in our words', (kind, news) => {
    const { eventId, ...rest } = read(kind)!
    expect(eventId).toMatch(/^[\w-]{43}$/)
    expect(rest).toEqual({ messageId, providerId: 'abc123', at: 1_700_000_000_000, ...news })
  })

  it.each([
    ['Unsubscribed Address', { permanent: true, suppress: 'unsubscribed' }],
    ['Spam Reporting Address', { permanent: true, suppress: 'complaint' }],
    ['Invalid', { permanent: true }],
    ['Spam Content (if Spam Checker app is enabled)', { permanent: false }],
  ])('dropped for "%s" has its consequence', (reason, consequence) => {
    const news = read('dropped', { reason })!
    expect({ permanent: news.permanent, ...(news.suppress ? { suppress: news.suppress } : {}) }).toEqual(consequence)
  })

  it('keeps nobody’s address', () => {
    const news = read('bounce', { reason: '550 <ada@mail.example>: no such user' })
    expect(JSON.stringify(news)).not.toContain('ada@')
  })

  it('is nobody’s when it carries no id of ours, and has an id all the same', () => {
    expect(read('delivered', { message_id: undefined })).not.toHaveProperty('messageId')
    expect(read('delivered', { message_id: "'; drop table message" })).not.toHaveProperty('messageId')
    const again = () => read('delivered', { sg_event_id: undefined })!.eventId
    expect(again()).toBe(again())
  })

  it('is left out when it is none, or of a kind that says nothing about a message', () => {
    const good = provider.event('open', delivery)
    const bad = [
      null,
      1,
      'x',
      [],
      {},
      { ...good, event: 'group_resubscribe' },
      { ...good, event: 'constructor' },
      { ...good, timestamp: 'soon' },
      { ...good, timestamp: -1 },
    ]
    expect(readSendGridEvents([...bad, good])).toHaveLength(1)
    for (const none of [null, undefined, {}, 'x', 7]) expect(readSendGridEvents(none)).toEqual([])
  })

  it('never breaks the reader, whatever JSON was signed', () =>
    fc.assert(
      fc.property(fc.jsonValue(), json => {
        expect(Array.isArray(readSendGridEvents(json))).toBe(true)
        expect(
          Array.isArray(readSendGridEvents([{ ...provider.event('bounce', delivery), reason: json, timestamp: json }])),
        ).toBe(true)
      }),
    ))
})
