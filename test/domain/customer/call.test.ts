import { describe, expect, test } from 'vitest'
import { amountOf, batchSchema, type Call, callOf, callSchema, readCall } from '../../../domain/customer/call.ts'

const now = new Date('2026-03-01T12:00:00Z')
const read = (call: Record<string, unknown>, sentAt?: string) =>
  readCall(callSchema.parse(call), { at: now, sentAt }, ['batch', 0])
const track = (more: Record<string, unknown> = {}) => ({ type: 'track', userId: 'u1', event: 'Login', ...more })

describe('a call', () => {
  test.each([
    ['no one named', { type: 'track', event: 'Login' }, 'userId'],
    ['an empty name for the one', { type: 'track', event: 'Login', userId: '' }, 'userId'],
    ['no event', { type: 'track', userId: 'u1' }, 'event'],
    ['a kind that does not exist', { type: 'trakc', userId: 'u1', event: 'Login' }, 'type'],
    ['no kind', { userId: 'u1', event: 'Login' }, 'type'],
    ['a time that is none', track({ timestamp: 'noon' }), 'timestamp'],
    ['properties that are a list', track({ properties: [1] }), 'properties'],
    ['an event name without end', track({ event: 'x'.repeat(501) }), 'event'],
    ['a consent that is neither', { type: 'identify', userId: 'u1', traits: { consents: { sms: 'maybe' } } }, 'traits'],
    ['a consent for no channel', { type: 'identify', userId: 'u1', traits: { consents: { fax: 'subscribed' } } }, 'traits'],
  ])('with %s is refused', (_, call, field) => {
    const { error } = callSchema.safeParse(call)
    expect(error?.issues[0]?.path[0]).toBe(field)
  })

  test('may carry fields nobody knows, and numbers for ids', () => {
    expect(read(track({ userId: 42, integrations: { All: true }, context: { library: 'x' }, writeKey: 'k' }))).toMatchObject({
      customer: '42',
      event: 'Login',
    })
  })

  test('of somebody without a name belongs to an anonymous customer', () => {
    expect(read({ type: 'track', anonymousId: 'a1', event: 'Login' })).toMatchObject({
      customer: 'anonymous:a1',
      anonymous: true,
    })
    expect(read(track({ anonymousId: 'a1' }))).toMatchObject({ customer: 'u1', anonymous: false })
  })

  test('by its path needs no type, and no other one', () => {
    expect(callOf('track').parse({ userId: 'u1', event: 'Login' }).type).toBe('track')
    expect(callOf('track').safeParse({ type: 'page', userId: 'u1', event: 'Login' }).success).toBe(false)
  })

  test('page and screen are events named so, with their name as a property', () => {
    expect(read({ type: 'page', userId: 'u1', name: 'Pricing', category: 'Docs', properties: { url: '/p' } })).toMatchObject({
      event: 'page',
      properties: { name: 'Pricing', category: 'Docs', url: '/p' },
    })
    expect(read({ type: 'screen', userId: 'u1' })).toMatchObject({ event: 'screen', properties: {} })
  })

  test('identify brings consents in bulk, by channel or by topic', () => {
    const call = read({
      type: 'identify',
      userId: 'u1',
      traits: { plan: 'pro', consents: { sms: 'subscribed', email: { tips: 'unsubscribed' } } },
    }) as Call
    expect(call.consents).toEqual([
      { channel: 'sms', topic: '', status: 'subscribed' },
      { channel: 'email', topic: 'tips', status: 'unsubscribed' },
    ])
  })

  test('a batch is 1 to 1000 calls', () => {
    expect(batchSchema.safeParse({ batch: [] }).success).toBe(false)
    expect(batchSchema.safeParse({ batch: Array(1001).fill(track()) }).success).toBe(false)
    expect(batchSchema.safeParse({ batch: Array(1000).fill(track()) }).success).toBe(true)
  })
})

describe('the time of a call', () => {
  const at = (call: Record<string, unknown>, sentAt?: string) => (read(call, sentAt) as Call).at.toISOString()

  test('is when it was received, unless it says otherwise', () => {
    expect(at(track())).toBe(now.toISOString())
    expect(at(track({ timestamp: '2026-02-01T10:00:00+02:00' }))).toBe('2026-02-01T08:00:00.000Z')
  })

  test('is set right when the sender’s clock is off', () => {
    expect(at(track({ timestamp: '2026-03-01T12:59:50Z' }), '2026-03-01T13:00:00Z')).toBe('2026-03-01T11:59:50.000Z')
    expect(at(track({ timestamp: '2020-01-01T00:00:00Z' }), '2020-01-01T00:01:00Z')).toBe('2026-03-01T11:59:00.000Z')
  })

  test('is believed to the millisecond when the clock is right', () => {
    expect(at(track({ timestamp: '2026-02-01T10:00:00.123Z' }), '2026-03-01T11:59:59.700Z')).toBe('2026-02-01T10:00:00.123Z')
  })

  test('counts as now when it lies up to a day ahead, and is a fault beyond', () => {
    expect(at(track({ timestamp: '2026-03-02T11:59:59Z' }))).toBe(now.toISOString())
    expect(read(track({ timestamp: '2026-03-02T12:00:01Z' }))).toMatchObject({ path: '/batch/0/timestamp', code: 'future' })
  })
})

test.each([
  [{ revenue: 12.5, value: 3 }, 12.5],
  [{ revenue: '12.50' }, 12.5],
  [{ value: 3 }, 3],
  [{ total: 9 }, 9],
  [{ revenue: 'much' }, null],
  [{ revenue: 1e300 }, null],
  [{ revenue: {} }, null],
  [{}, null],
])('the amount of %j is %s', (properties, amount) => expect(amountOf(properties)).toBe(amount))
