import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Envelope } from '../../channels/channel.ts'
import { createTwilio, readTwilioReply } from '../../channels/sms/twilio.ts'
import { readSmsErrors } from '../../domain/message/sms-errors.ts'
import { faultsInOrder } from '../providers/faults.ts'
import { specsAtHand, specsMissing } from '../providers/spec.ts'
import { startTwilio, type TwilioServer } from '../providers/twilio.ts'
import { channelContract, envelopesFor, letterOf } from './contract.ts'

const address = (n: number) => `+1555${String(1_000_000 + n)}`
const publicUrl = 'https://shop.example'
const connect = (server: TwilioServer, more: object = {}) =>
  createTwilio({
    accountSid: server.accountSid,
    authToken: server.authToken,
    baseUrl: server.url,
    from: '+15005550006',
    publicUrl,
    patienceMs: 0,
    ...more,
  })

channelContract('Twilio', 'wire', async () => {
  const server = await startTwilio()
  const impatience = { timeoutMs: 300 }
  let channel = connect(server)
  let impatient = connect(server, impatience)
  let from = 0
  let asked = 0
  return {
    get channel() {
      return channel
    },
    get impatient() {
      return impatient
    },
    fields: ['body'],
    address,
    badAddress: '+1555',
    arrived: () =>
      server.messages.slice(from).map(({ messageId, to, body }) => ({ messageId: messageId!, to, content: { body } })),
    faults: server.setFaults,
    travelled: () => JSON.stringify(server.requests.slice(asked).map(request => request.form)),
    reset() {
      channel.close()
      impatient.close()
      channel = connect(server)
      impatient = connect(server, impatience)
      server.setFaults(undefined)
      from = server.messages.length
      asked = server.requests.length
    },
    async close() {
      channel.close()
      impatient.close()
      await server.close()
    },
  }
})

describe('an SMS through Twilio', () => {
  const stopped = address(900)
  const landline = address(901)
  const overflowing = address(902)
  const filtered = address(903)
  let server: TwilioServer
  let channel: ReturnType<typeof createTwilio>
  let asked: number
  beforeAll(async () => {
    server = await startTwilio({ refuse: { [stopped]: 21610, [landline]: 21614, [overflowing]: 30001, [filtered]: 21408 } })
  })
  beforeEach(() => {
    channel = connect(server)
    server.setFaults(undefined)
    asked = server.requests.length
  })
  afterAll(() => server.close())

  const letter = letterOf({ body: ['Hi ', 0] }, 1)
  const send = (envelopes: Envelope[], with_ = channel, mayBegin = () => true) =>
    with_.send({ letter, envelopes, class: 'marketing', at: 0, mayBegin })
  const people = (count: number) => envelopesFor(count, address, n => [`Ada ${n}`])
  const forms = () => server.requests.slice(asked).map(request => request.form)

  it('always has the form Twilio publishes', async context => {
    if (!specsAtHand) return context.skip(specsMissing)
    const [outcome] = await send(people(1))
    expect(outcome).toMatchObject({ kind: 'accepted', segments: 1, providerId: expect.stringMatching(/^SM[0-9a-f]{32}$/) })
  })

  it('asks for a report to an address with our id, and tells nothing else of us', async () => {
    const [envelope] = people(1)
    await send([envelope!])
    expect(forms()).toEqual([
      {
        To: envelope!.to,
        Body: 'Hi Ada 0',
        From: '+15005550006',
        StatusCallback: `${publicUrl}/webhooks/twilio/status?message=${envelope!.messageId}`,
      },
    ])
  })

  it('leaves the sender to a messaging service where there is one, which then counts the segments later', async () => {
    const service = `MG${'a'.repeat(32)}`
    const [outcome] = await send(people(1), connect(server, { messagingServiceSid: service }))
    expect(forms()[0]).toMatchObject({ MessagingServiceSid: service })
    expect(forms()[0]).not.toHaveProperty('From')
    expect(outcome).not.toHaveProperty('segments')
  })

  it.each([
    ['answered STOP', stopped, { kind: 'refused', code: '21610', suppress: 'stop' }],
    ['has no mobile number', landline, { kind: 'refused', code: '21614' }],
    ['has a number that is none', '+1999', { kind: 'refused', code: '21211' }],
    ['lives where we may not send', filtered, { kind: 'refused', code: '21408' }],
    ['meets a full queue', overflowing, { kind: 'later', code: '30001', afterMs: 600_000 }],
  ])('a person who %s costs only himself', async (_, to, outcome) => {
    const envelopes = people(3)
    envelopes[1]!.to = to
    const outcomes = await send(envelopes)
    expect(outcomes[1]).toMatchObject(outcome)
    expect([outcomes[0]!.kind, outcomes[2]!.kind]).toEqual(['accepted', 'accepted'])
    expect(JSON.stringify(outcomes[1])).not.toContain(to)
  })

  it('puts everybody off for long when the token is wrong', async () => {
    const outcomes = await send(people(2), connect(server, { authToken: 'wrong' }))
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'later', code: '20003', afterMs: 900_000 })
  })

  it('is surely not accepted when nobody listens', async () => {
    const [outcome] = await send(people(1), connect(server, { baseUrl: 'http://127.0.0.1:9' }))
    expect(outcome).toMatchObject({ kind: 'later', code: 'ECONNREFUSED' })
  })

  it('asks nothing more of Twilio until the time it named after "too many"', async () => {
    server.setFaults(faultsInOrder('tooMany'))
    const [first] = await send(people(1))
    expect(first).toMatchObject({ kind: 'later', code: '20429', afterMs: 1_000 })
    const outcomes = await send(people(5))
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'later', code: 'held' })
    expect(forms()).toHaveLength(1)
  })

  it('is not begun once the lease on its batch is over: what had not left is handed back', async () => {
    let asked = 0
    const before = server.messages.length
    const outcomes = await send(people(5), connect(server, { atOnce: 1 }), () => asked++ < 2)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['accepted', 'accepted', 'later', 'later', 'later'])
    expect(server.messages.length - before).toBe(2)
  })

  it('has a fault of one request cost only its person', async () => {
    server.setFaults(faultsInOrder(undefined, 'acceptThenReset', undefined, 'garbage'))
    const outcomes = await send(people(4), connect(server, { atOnce: 1 }))
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['accepted', 'unclear', 'accepted', 'unclear'])
    expect(server.duplicates()).toEqual([])
  })
})

describe('Twilio’s answer', () => {
  it('means what the configuration says of its code, where it says something', () => {
    const errors = readSmsErrors('21408=later:10m, 21211=stop,')
    const answered = (code: number, status = 400) =>
      readTwilioReply({ answered: true, status, headers: {}, body: { code } }, 0, undefined, errors)
    expect(answered(21408, 403)).toMatchObject({ kind: 'later', afterMs: 600_000, detail: 'as TWILIO_ERRORS says' })
    expect(answered(21211)).toMatchObject({ kind: 'refused', suppress: 'stop' })
    expect(answered(21610)).toMatchObject({ kind: 'refused', suppress: 'stop' })
    for (const wrong of ['x', '21211', '21211=later', '21211=stop:5m', '21211=maybe', '1=refused', '21211=refused;2'])
      expect(readSmsErrors(wrong)).toBeUndefined()
  })

  const read = (status: number, body: unknown = '', headers: Record<string, string> = {}) =>
    readTwilioReply({ answered: true, status, headers, body }, 0)
  it.each([
    [
      'a message',
      read(201, { sid: 'SM1', num_segments: '3', status: 'queued' }),
      { kind: 'accepted', providerId: 'SM1', segments: 3 },
    ],
    ['a page of somebody else', read(200, '<html>'), { kind: 'unclear', code: 'garbage' }],
    [
      'an unknown refusal of this message',
      read(400, { code: 21999, message: 'No.' }),
      { kind: 'refused', code: '21999', detail: 'No.' },
    ],
    ['an unknown refusal of us', read(403, { code: 29999 }), { kind: 'later', code: '29999', afterMs: 900_000 }],
    [
      'too many, with a time',
      read(429, { code: 20429 }, { 'retry-after': '4' }),
      { kind: 'later', code: '20429', afterMs: 4_000 },
    ],
    ['an error', read(500, { code: 20500 }), { kind: 'unclear', code: '20500' }],
    ['not available, in Twilio’s words', read(503, { code: 20503 }), { kind: 'later', code: '20503', afterMs: 30_000 }],
    ['not available, in a gateway’s', read(503, '<html>'), { kind: 'unclear', code: '503' }],
    ['a gateway’s time-out', read(504), { kind: 'unclear', code: '504' }],
  ])('%s', (_, outcome, expected) => {
    expect(outcome).toMatchObject(expected)
  })
})
