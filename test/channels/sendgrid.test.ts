import { randomUUID } from 'node:crypto'
import net from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Envelope } from '../../channels/channel.ts'
import { createSendGrid } from '../../channels/email/sendgrid.ts'
import type { Letter } from '../../domain/message/letter.ts'
import { faultsInOrder } from '../providers/faults.ts'
import { type SendGridServer, startSendGrid } from '../providers/sendgrid.ts'
import { specsAtHand, specsMissing } from '../providers/spec.ts'
import { channelContract, envelopesFor, letterOf } from './contract.ts'

const address = (n: number) => `person${n}@mail.example`
const quick = { from: 'Perennial <hello@shop.example>', patienceMs: 0 }
const impatience = { timeoutMs: 300 }

channelContract('SendGrid', 'wire', async () => {
  const server = await startSendGrid()
  const open = (more = {}) => createSendGrid({ apiKey: server.apiKey, baseUrl: server.url, ...quick, ...more })
  let channel = open()
  let impatient = open(impatience)
  let from = 0
  let asked = 0
  return {
    get channel() {
      return channel
    },
    get impatient() {
      return impatient
    },
    fields: ['subject', 'html', 'text'],
    address,
    badAddress: 'not an address',
    arrived: () =>
      server.deliveries
        .slice(from)
        .map(({ messageId, to, subject, html, text }) => ({ messageId, to, content: { subject, html: html!, text: text! } })),
    faults: server.setFaults,
    travelled: () => JSON.stringify(server.requests.slice(asked).map(request => request.mail)),
    reset() {
      // A hold after a 429 belongs to the channel, so each case begins with a new one.
      channel.close()
      impatient.close()
      channel = open()
      impatient = open(impatience)
      server.setFaults(undefined)
      from = server.deliveries.length
      asked = server.requests.length
    },
    async close() {
      channel.close()
      impatient.close()
      await server.close()
    },
  }
})

describe('an e-mail through SendGrid', () => {
  let server: SendGridServer
  let channel: ReturnType<typeof createSendGrid>
  let asked: number
  beforeAll(async () => {
    server = await startSendGrid()
  })
  beforeEach(() => {
    channel = createSendGrid({ apiKey: server.apiKey, baseUrl: server.url, ...quick })
    server.setFaults(undefined)
    asked = server.requests.length
  })
  afterAll(() => server.close())

  const letter: Letter = letterOf(
    { subject: ['Hello ', 0], html: ['<p>Hello ', 0, '</p><p>', 1, '</p>'], text: ['Hello ', 0, '\n', 1] },
    2,
  )
  const send = (envelopes: Envelope[], of = letter, with_ = channel) =>
    with_.send({ letter: of, envelopes, class: 'marketing', at: 0 })
  const people = (count: number, values = (n: number) => [`Ada ${n}`, 'tip']) => envelopesFor(count, address, values)
  const requests = () => server.requests.slice(asked)

  it('always has the form SendGrid publishes', async context => {
    if (!specsAtHand) return context.skip(specsMissing)
    const outcomes = await send(people(3).map(each => ({ ...each, unsubscribeUrl: 'https://shop.example/u/abc' })))
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['accepted', 'accepted', 'accepted'])
  })

  it('carries the constant text of a thousand people once', async () => {
    const long = 'x'.repeat(50_000)
    await send(people(1_000), letterOf({ subject: ['Hi ', 0], html: [long, 1] }, 2))
    expect(requests()).toHaveLength(1)
    expect(requests()[0]!.bytes).toBeLessThan(500_000)
  })

  it('carries both headers of one-click unsubscribing, each person his own, the class as category and nothing else', async () => {
    const [one, two] = people(2)
    await send([{ ...one!, unsubscribeUrl: 'https://shop.example/u/one' }, two!])
    const [first] = server.byMessageId(one!.messageId)
    expect(first!.headers).toEqual({
      'List-Unsubscribe': '<https://shop.example/u/one>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    })
    expect(server.byMessageId(two!.messageId)[0]!.headers).toEqual({})
    const { mail } = requests()[0]!
    expect(mail!.categories).toEqual(['marketing'])
    expect(mail!.from).toEqual({ email: 'hello@shop.example', name: 'Perennial' })
    expect(mail!.personalizations.map(person => person.custom_args)).toEqual([
      { message_id: one!.messageId },
      { message_id: two!.messageId },
    ])
    expect(mail!.custom_args).toBeUndefined()
  })

  it('sends those whose words are over the limit of substitutions alone, with the same text', async () => {
    const envelopes = people(4, n => [`Ada ${n}`, n === 2 ? 'ü'.repeat(5_200) : 'short'])
    const outcomes = await send(envelopes)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(Array(4).fill('accepted'))
    expect(requests().map(request => request.mail!.personalizations.length)).toEqual([3, 1])
    const [copy] = server.byMessageId(envelopes[2]!.messageId)
    expect(copy!.subject).toBe('Hello Ada 2')
    expect(copy!.html).toBe(`<p>Hello Ada 2</p><p>${'ü'.repeat(5_200)}</p>`)
    expect(copy!.text).toBe(`Hello Ada 2\n${'ü'.repeat(5_200)}`)
  })

  it('stays below the limit to the byte', async () => {
    // Two tags of 12 bytes each, and the name.
    for (const [bytes, alone] of [
      [9_976, false],
      [9_977, true],
    ] as const) {
      asked = server.requests.length
      const outcomes = await send(
        people(2, n => ['', n === 0 ? 'y'.repeat(bytes) : 'z']),
        letterOf({ subject: ['s'], html: [0, 1] }, 2),
      )
      expect(outcomes.map(outcome => outcome.kind)).toEqual(['accepted', 'accepted'])
      expect(requests()).toHaveLength(alone ? 2 : 1)
    }
  })

  it('asks for an address only once a request, whatever its case', async () => {
    const envelopes = ['A@mail.example', 'a@mail.example', 'b@mail.example', 'a@MAIL.example'].map(to => ({
      messageId: randomUUID(),
      to,
      values: ['x', 'y'],
    }))
    const outcomes = await send(envelopes)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(Array(4).fill('accepted'))
    expect(requests()).toHaveLength(3)
  })

  it('takes many bad addresses out of a thousand and delivers the rest, without asking for each', async () => {
    const envelopes = people(1_000)
    const bad = new Set([0, 1, 499, 500, 997, 998, 999])
    for (const n of bad) envelopes[n]!.to = `bad ${n}`
    const outcomes = await send(envelopes)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(envelopes.map((_, n) => (bad.has(n) ? 'refused' : 'accepted')))
    expect(requests().length).toBeLessThanOrEqual(3)
  })

  it('keeps addresses out of the reasons it hands on', async () => {
    const envelopes = people(1)
    envelopes[0]!.to = 'ada@@mail.example'
    const [outcome] = await send(envelopes)
    expect(JSON.stringify(outcome)).not.toContain('mail.example')
  })

  it('gives international domains in ASCII', async () => {
    const [outcome] = await send([{ messageId: randomUUID(), to: 'ada@bücher.example', values: ['x', 'y'] }])
    expect(outcome!.kind).toBe('accepted')
    expect(server.deliveries.at(-1)!.to).toBe('ada@xn--bcher-kva.example')
  })

  it('does not let half a surrogate pair of one person cost the others', async () => {
    const envelopes = people(2, n => [n === 0 ? 'cut \ud83d' : 'whole \\ud83d', 'x'])
    const outcomes = await send(envelopes)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['accepted', 'accepted'])
    expect(server.byMessageId(envelopes[0]!.messageId)[0]!.subject).toBe('Hello cut \ufffd')
    expect(server.byMessageId(envelopes[1]!.messageId)[0]!.subject).toBe('Hello whole \\ud83d')
  })

  it('takes nobody’s words for a tag, even when a person found out what the tags look like', async () => {
    await send(people(1))
    const [tag] = Object.keys(requests()[0]!.mail!.personalizations[0]!.substitutions!).slice(1)
    const envelopes = people(1, () => [`I am ${tag}`, 'secret'])
    await send(envelopes)
    expect(server.byMessageId(envelopes[0]!.messageId)[0]!.subject).toBe(`Hello I am ${tag}`)
  })

  it('goes without a text part, or without an html part, where the letter has none', async () => {
    const outcomes = [
      ...(await send(people(1), letterOf({ subject: ['s'], html: ['<p>h</p>'] }, 0))),
      ...(await send(people(1), letterOf({ subject: ['s'], text: ['t'], html: [] }, 0))),
    ]
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['accepted', 'accepted'])
    expect(requests().map(request => request.mail!.content.map(part => part.type))).toEqual([['text/html'], ['text/plain']])
  })

  it('delivers nothing in sandbox mode', async () => {
    const sandbox = createSendGrid({ apiKey: server.apiKey, baseUrl: server.url, ...quick, sandboxMode: true })
    const envelopes = people(2)
    const outcomes = await send(envelopes, letter, sandbox)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['accepted', 'accepted'])
    expect(server.byMessageId(envelopes[0]!.messageId)).toEqual([])
    sandbox.close()
  })

  it('puts everybody off for long when the key is wrong: that is ours to correct, not theirs', async () => {
    const wrong = createSendGrid({ apiKey: 'SG.wrong', baseUrl: server.url, ...quick })
    const outcomes = await send(people(2), letter, wrong)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'later', code: '401', afterMs: 900_000 })
    wrong.close()
  })

  it('is surely not accepted when nobody listens', async () => {
    const nobody = createSendGrid({ apiKey: 'SG.x', baseUrl: 'http://127.0.0.1:9', ...quick })
    const [refused] = await send(people(1), letter, nobody)
    expect(refused).toMatchObject({ kind: 'later', code: 'ECONNREFUSED' })
    const nowhere = createSendGrid({ apiKey: 'SG.x', baseUrl: 'https://sendgrid.invalid', ...quick })
    const [unknown] = await send(people(1), letter, nowhere)
    expect(unknown!.kind).toBe('later')
    const plain = createSendGrid({ apiKey: 'SG.x', baseUrl: server.url.replace('http:', 'https:'), ...quick })
    const [noTls] = await send(people(1), letter, plain)
    expect(noTls!.kind).toBe('later')
    for (const each of [nobody, nowhere, plain]) each.close()
  })

  it('is surely not accepted when the time ran out before the connection was secure', async () => {
    const mute = net.createServer(() => {})
    await new Promise<void>(done => mute.listen(0, '127.0.0.1', done))
    const baseUrl = `https://127.0.0.1:${(mute.address() as net.AddressInfo).port}`
    const waiting = createSendGrid({ apiKey: 'SG.x', baseUrl, ...quick, ...impatience })
    const [outcome] = await send(people(1), letter, waiting)
    expect(outcome!.kind).toBe('later')
    waiting.close()
    mute.close()
  })

  it('asks nothing more of SendGrid until the time it named after "too many"', async () => {
    server.setFaults(faultsInOrder('tooMany'))
    const [first] = await send(people(1))
    expect(first).toMatchObject({ kind: 'later', code: '429', afterMs: 1_000 })
    const [second] = await send(people(1))
    expect(second).toMatchObject({ kind: 'later', code: 'held' })
    expect(requests()).toHaveLength(1)
  })

  it('waits by itself when that is soon', async () => {
    const patient = createSendGrid({ apiKey: server.apiKey, baseUrl: server.url, ...quick, patienceMs: 5_000 })
    server.setFaults(faultsInOrder('tooMany'))
    await send(people(1), letter, patient)
    const [second] = await send(people(1), letter, patient)
    expect(second!.kind).toBe('accepted')
    patient.close()
  })

  it.each(['hello', '', 'Name <>', 'a b@c d'])('is not made with the sender "%s"', from => {
    expect(() => createSendGrid({ apiKey: 'SG.x', from })).toThrow('sender')
  })
})
