import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchSchema } from '../../../domain/customer/call.ts'
import { plainBatch } from '../../../domain/customer/plain-call.ts'

const text = fc.oneof(fc.string(), fc.constant(''), fc.constant('x'.repeat(501)), fc.integer(), fc.constant(null))
const time = fc.oneof(
  fc.date({ min: new Date('1000-01-01'), max: new Date('3000-01-01'), noInvalidDate: true }).map(date => date.toISOString()),
  fc.constantFrom(
    '2026-02-30T00:00:00.000Z',
    '2026-11-24',
    '2026-04-31T10:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    'yesterday',
    null,
    7,
  ),
)
const plain = {
  type: fc.constant('track'),
  event: fc.string({ minLength: 1 }),
  userId: fc.string({ minLength: 1 }),
  properties: fc.dictionary(fc.string(), fc.jsonValue()),
}
const common = fc.oneof(
  fc.record({ ...plain, messageId: fc.uuid(), timestamp: time }, { requiredKeys: ['type', 'event', 'userId'] }),
  fc.record(
    { type: fc.constant('identify'), userId: plain.userId, traits: plain.properties, messageId: fc.uuid(), timestamp: time },
    { requiredKeys: ['type', 'userId'] },
  ),
)
const odd = fc.record(
  {
    type: fc.constantFrom('track', 'track', 'page', 'identify', 'nonsense'),
    messageId: text,
    userId: text,
    anonymousId: text,
    event: text,
    timestamp: time,
    sentAt: time,
    context: fc.jsonValue(),
    properties: fc.oneof(plain.properties, fc.constantFrom(null, 3, [])),
    traits: fc.oneof(
      plain.properties,
      fc.constantFrom<unknown[]>(null, 3, [], { consents: null }, { consents: { sms: 'subscribed' } }),
    ),
    more: fc.jsonValue(),
  },
  { requiredKeys: ['type'] },
)
const batch = fc.oneof(
  fc.record({ batch: fc.array(common, { minLength: 1, maxLength: 2 }) }),
  fc.record(
    { batch: fc.array(fc.oneof(common, odd), { maxLength: 4 }), sentAt: time, context: fc.jsonValue() },
    { requiredKeys: ['batch'] },
  ),
)

test('a batch that is read the short way is read as the schema reads it', () => {
  let short = 0
  fc.assert(
    fc.property(batch, body => {
      const value = plainBatch(body)
      if (value === undefined) return
      short++
      expect(value).toEqual(batchSchema.parse(body))
    }),
    { numRuns: 600 },
  )
  expect(short).toBeGreaterThan(50)
})

test.each([
  undefined,
  null,
  7,
  [],
  {},
  { batch: [] },
  { batch: {} },
  { batch: [null] },
  { batch: Array(1_001).fill({ type: 'track', event: 'a', userId: 'b' }) },
])('what is no batch of plain calls is left to the schema: %#', body => {
  expect(plainBatch(body)).toBeUndefined()
})
