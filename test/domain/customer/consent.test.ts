import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Consent, channelsEnded, mayContact } from '../../../domain/customer/consent.ts'

const at = (day: number) => new Date(Date.UTC(2026, 0, day))
const said = (status: Consent['status'], day: number, topic = '', channel: Consent['channel'] = 'email'): Consent => ({
  channel,
  topic,
  status,
  at: at(day),
})

describe('may we write', () => {
  test.each([
    ['nothing was said, implied', [], 'tips', 'implied', true],
    ['nothing was said, explicit', [], 'tips', 'explicit', 'noConsent'],
    ['subscribed to the channel', [said('subscribed', 1)], 'tips', 'explicit', true],
    ['subscribed to the topic', [said('subscribed', 1, 'tips')], 'tips', 'explicit', true],
    ['subscribed to another topic only', [said('subscribed', 1, 'news')], 'tips', 'explicit', 'noConsent'],
    ['unsubscribed from another topic only', [said('unsubscribed', 1, 'news')], 'tips', 'implied', true],
    ['unsubscribed from the channel', [said('unsubscribed', 1)], 'tips', 'implied', 'unsubscribed'],
    ['unsubscribed from the topic', [said('unsubscribed', 1, 'tips'), said('subscribed', 2)], 'tips', 'implied', 'unsubscribed'],
    ['unsubscribed from the topic, asked without one', [said('unsubscribed', 1, 'tips')], null, 'implied', true],
    [
      'unsubscribed from all, then this topic wanted again',
      [said('unsubscribed', 1), said('subscribed', 2, 'tips')],
      'tips',
      'explicit',
      true,
    ],
    [
      'and other topics are still not',
      [said('unsubscribed', 1), said('subscribed', 2, 'tips')],
      'news',
      'implied',
      'unsubscribed',
    ],
    [
      'wanted this topic once, then unsubscribed from all',
      [said('subscribed', 1, 'tips'), said('unsubscribed', 2)],
      'tips',
      'implied',
      'unsubscribed',
    ],
    ['both in the same instant', [said('subscribed', 1, 'tips'), said('unsubscribed', 1)], 'tips', 'implied', 'unsubscribed'],
    ['another channel’s word', [said('unsubscribed', 1, '', 'sms')], 'tips', 'implied', true],
    [
      'the last of several words counts',
      [said('unsubscribed', 1), said('subscribed', 3), said('unsubscribed', 2)],
      null,
      'explicit',
      true,
    ],
  ] as const)('%s', (_, consents, topic, mode, expected) => {
    const answer = mayContact(consents, 'email', topic, mode)
    expect(answer.may ? true : answer.because).toBe(expected)
  })

  test('records read from JSON carry their times as text', () => {
    const consents = [
      { topic: '', status: 'unsubscribed', at: '2026-01-02T00:00:00Z' },
      { topic: 'tips', status: 'subscribed', at: '2026-01-02T00:00:00.001Z' },
    ] as const
    expect(mayContact(consents, 'email', 'tips', 'implied').may).toBe(true)
  })
})

const records = fc.array(
  fc.record({
    topic: fc.constantFrom('', 'tips', 'news'),
    status: fc.constantFrom<Consent['status']>('subscribed', 'unsubscribed'),
    at: fc.integer({ min: 1, max: 20 }).map(at),
  }),
  { maxLength: 6 },
)

test('after an unsubscribe from the channel nothing goes out until the person says otherwise', () => {
  fc.assert(
    fc.property(records, fc.constantFrom('tips', 'news', null), fc.constantFrom('implied', 'explicit'), (before, topic, mode) => {
      expect(mayContact([...before, said('unsubscribed', 21)], 'email', topic, mode).may).toBe(false)
    }),
  )
})

test('the order of the records does not matter, and explicit never allows what implied forbids', () => {
  fc.assert(
    fc.property(records, fc.constantFrom('tips', null), (consents, topic) => {
      const ask = (list: Consent[], mode: 'implied' | 'explicit') => mayContact(list, 'email', topic, mode).may
      expect(ask([...consents].reverse(), 'implied')).toBe(ask(consents, 'implied'))
      if (ask(consents, 'explicit')) expect(ask(consents, 'implied')).toBe(true)
    }),
  )
})

test('an unsubscribe ends its channel, or all of them where the settings say so', () => {
  expect(channelsEnded('sms', 'channel')).toEqual(['sms'])
  expect(channelsEnded('sms', 'all')).toEqual(['email', 'sms', 'inApp'])
})
