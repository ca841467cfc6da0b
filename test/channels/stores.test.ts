import { describe, expect, it } from 'vitest'
import { createInbox } from '../../channels/in-app/inbox.ts'
import { createChannels } from '../../channels/registry.ts'
import { createSandbox } from '../../channels/sandbox/outbox.ts'
import type { MessageStore, StoredMessage } from '../../channels/store.ts'
import { channelContract, envelopesFor, greeting } from './contract.ts'

/** A store like the tables: a message id is there once. */
function memory(): MessageStore & { rows: Map<string, StoredMessage>; fail: boolean } {
  const rows = new Map<string, StoredMessage>()
  return {
    rows,
    fail: false,
    async put(list) {
      if (this.fail) throw new Error('no connection')
      for (const row of list) if (!rows.has(row.messageId)) rows.set(row.messageId, row)
    },
  }
}

for (const [name, fields, make] of [
  ['the inbox', ['title', 'body', 'action'], createInbox],
  ['the e-mail sandbox', ['subject', 'html', 'text'], (store: MessageStore) => createSandbox('email', store)],
  ['the SMS sandbox', ['body'], (store: MessageStore) => createSandbox('sms', store)],
] as const)
  channelContract(name, 'store', async () => {
    const store = memory()
    return {
      channel: make(store),
      fields,
      address: n => String(n + 1),
      arrived: () => [...store.rows.values()],
      reset: () => store.rows.clear(),
      close: async () => {},
    }
  })

describe('a message for the inbox', () => {
  const batch = (count: number) => ({
    letter: greeting(['title', 'body']),
    envelopes: envelopesFor(
      count,
      n => String(n),
      n => [`a${n}`, 'b'],
    ),
    class: 'marketing' as const,
    at: 42,
  })

  it('carries the journey’s time', async () => {
    const store = memory()
    await createInbox(store).send(batch(1))
    expect([...store.rows.values()][0]!.at).toBe(42)
  })

  it('comes later when the store is away, and then once', async () => {
    const store = memory()
    const inbox = createInbox(store)
    const two = batch(2)
    store.fail = true
    expect((await inbox.send(two)).map(outcome => outcome.kind)).toEqual(['later', 'later'])
    store.fail = false
    await inbox.send(two)
    expect((await inbox.send(two)).map(outcome => outcome.kind)).toEqual(['accepted', 'accepted'])
    expect(store.rows.size).toBe(2)
  })
})

describe('the channels of an installation', () => {
  const stores = { inbox: memory(), outbox: () => memory() }
  const publicUrl = 'https://shop.example'
  const sendgrid = { apiKey: 'SG.x', baseUrl: 'https://api.sendgrid.com', from: 'a@b.example' }
  const twilio = {
    accountSid: `AC${'1'.repeat(32)}`,
    authToken: 'x',
    baseUrl: 'https://api.twilio.com',
    from: '+15005550006',
    messagingServiceSid: undefined,
  }

  it('are sandboxes without keys', () => {
    const channels = createChannels({ publicUrl, sendgrid: undefined, twilio: undefined }, stores)
    expect(Object.values(channels).map(channel => [channel.kind, channel.provider])).toEqual([
      ['email', 'sandbox'],
      ['sms', 'sandbox'],
      ['inApp', 'inbox'],
    ])
  })

  it('are the providers whose keys are set', () => {
    const channels = createChannels({ publicUrl, sendgrid, twilio }, stores)
    expect([channels.email.provider, channels.sms.provider]).toEqual(['sendgrid', 'twilio'])
  })
})
