import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTwilio } from '../../channels/sms/twilio.ts'
import { seekAtTwilio } from '../../channels/sms/twilio-evidence.ts'
import type { Reply } from '../../channels/wire.ts'
import { faultsInOrder } from '../providers/faults.ts'
import { startTwilio, type TwilioServer } from '../providers/twilio.ts'
import { letterOf } from './contract.ts'

describe('an SMS whose sending got no answer', () => {
  let server: TwilioServer
  let channel: ReturnType<typeof createTwilio>
  let impatient: typeof channel
  let person = 0
  let to: string
  beforeAll(async () => {
    server = await startTwilio()
    const { accountSid, authToken, url: baseUrl } = server
    const account = { accountSid, authToken, baseUrl, from: '+15005550006', publicUrl: 'https://shop.example' }
    channel = createTwilio(account)
    impatient = createTwilio({ ...account, timeoutMs: 200 })
  })
  beforeEach(() => {
    server.setFaults(undefined)
    to = `+15552${String(100_000 + person++)}`
  })
  afterAll(async () => {
    channel.close()
    impatient.close()
    await server.close()
  })

  const send = async (name: string, over = channel) => {
    const envelope = { messageId: randomUUID(), to, values: [name] }
    const [outcome] = await over.send({
      letter: letterOf({ body: ['Hi ', 0] }, 1),
      envelopes: [envelope],
      class: 'marketing',
      at: 0,
    })
    return outcome!
  }
  const question = (words: string, more: object = {}) => ({
    to,
    words,
    from: Date.now() - 1_000,
    until: Date.now(),
    known: [],
    ...more,
  })

  it.each(['acceptThenHang', 'acceptThenReset', 'error500After', 'garbage'] as const)(
    'after %s is found by number, time and words',
    async fault => {
      server.setFaults(faultsInOrder(fault))
      expect((await send('Ada')).kind).toBe('unclear')
      const evidence = await channel.seek(question('Hi Ada'))
      expect(evidence).toEqual({ kind: 'accepted', providerId: server.messages.findLast(message => message.to === to)!.sid })
    },
  )

  it('is found while it is still queued, when it has no date of sending', async () => {
    await send('Ada')
    expect(server.messages.at(-1)!.sentAt).toBeUndefined()
    expect((await channel.seek(question('Hi Ada'))).kind).toBe('accepted')
  })

  it.each(['resetBefore', 'error500Before'] as const)(
    'after %s is surely not there, once enough time has gone by',
    async fault => {
      server.setFaults(faultsInOrder(fault))
      expect((await send('Ada')).kind).toBe('unclear')
      expect((await channel.seek(question('Hi Ada'))).kind).toBe('unknown')
      const long = Date.now() - 600_000
      expect((await channel.seek(question('Hi Ada', { from: long, until: long + 1_000 }))).kind).toBe('notAccepted')
    },
  )

  it('is not mistaken for one that the ledger knows already', async () => {
    const known = await send('Ada')
    const sid = known.kind === 'accepted' ? known.providerId! : ''
    const long = { from: Date.now() - 600_000, until: Date.now() - 300_000 }
    expect((await channel.seek(question('Hi Ada', { ...long, known: [sid] }))).kind).toBe('notAccepted')
  })

  it('stays unknown between two of the same words, and where only the words differ', async () => {
    await send('Ada')
    expect((await channel.seek(question('Hi Bob'))).kind).toBe('unknown')
    await send('Ada')
    expect((await channel.seek(question('Hi Ada'))).kind).toBe('unknown')
  })

  it('stays unknown when Twilio does not answer, or not with a list', async () => {
    const q = question('x', { from: 0, until: 1 })
    const replies: Reply[] = [
      { answered: false, code: 'ECONNRESET', detail: 'reset', mayHaveLeft: true },
      { answered: true, status: 500, headers: {}, body: '' },
      { answered: true, status: 200, headers: {}, body: '<html>' },
      { answered: true, status: 200, headers: {}, body: { messages: [{ sid: 'SM1', date_created: 'yesterday' }] } },
    ]
    for (const reply of replies) expect((await seekAtTwilio(async () => reply, q, Date.now())).kind).toBe('unknown')
  })
})
