import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { capWindows, type SendFacts } from '../../../domain/message/facts.ts'
import { maySend } from '../../../domain/message/may-send.ts'
import { settingsSchema } from '../../../domain/settings.ts'
import { isQuiet } from '../../../domain/zone.ts'

const settings = settingsSchema.parse({ caps: [{ channel: 'email', max: 2, per: '7d' }], defaultTimezone: 'Europe/Berlin' })
const noon = new Date('2026-05-01T10:00Z')
const night = new Date('2026-05-01T22:00Z')
const facts = (more: Partial<SendFacts> = {}): SendFacts => ({
  at: noon,
  customer: 7,
  channel: 'email',
  class: 'marketing',
  topic: 'tips',
  address: 'ann@example.com',
  timezone: 'Europe/Berlin',
  consents: [],
  ...more,
})
const sms = (more: Partial<SendFacts> = {}) =>
  facts({ channel: 'sms', address: '+46701234567', consents: [{ topic: '', status: 'subscribed', at: noon }], ...more })
const unsubscribed = { topic: '', status: 'unsubscribed', at: noon } as const
const caps = capWindows(settings.caps, 'email', noon)

test('nothing stands against it', () => expect(maySend(facts(), settings)).toEqual({ send: true }))

describe('is not sent', () => {
  test.each<[string, SendFacts, object]>([
    ['to a person who was erased', facts({ erased: true }), { because: 'erased' }],
    [
      'to an address that bounced',
      facts({ suppression: { reason: 'bounce', at: noon } }),
      { because: 'suppressed', suppression: 'bounce', since: noon },
    ],
    [
      'to an address that complained',
      facts({ suppression: { reason: 'complaint' } }),
      { because: 'suppressed', suppression: 'complaint' },
    ],
    ['to a number that said STOP', sms({ suppression: { reason: 'stop' } }), { because: 'suppressed', suppression: 'stop' }],
    ['to an address that unsubscribed', facts({ suppression: { reason: 'unsubscribed' } }), { because: 'unsubscribed' }],
    ['to a person who unsubscribed', facts({ consents: [unsubscribed] }), { because: 'unsubscribed', record: unsubscribed }],
    [
      'where consent must be said and was not',
      sms({ consents: [] }),
      { because: 'noConsent', channel: 'sms', topic: 'tips', mode: 'explicit' },
    ],
    ['without an address', facts({ address: null }), { because: 'noAddress', channel: 'email' }],
    ['to the holdout', facts({ holdout: true }), { because: 'holdout' }],
    ['after the goal is reached', facts({ goalReachedAt: noon }), { because: 'goalReached', at: noon }],
    ['once the exit rule holds', facts({ exited: true }), { because: 'exited' }],
    [
      'beyond the budget',
      facts({ budget: { amount: 10, spent: 9.95, cost: 0.06, currency: 'EUR' } }),
      { because: 'budget', amount: 10, spent: 9.95, cost: 0.06, currency: 'EUR' },
    ],
    ['beyond a cap', facts({ caps, capCounts: [2] }), { because: 'capped', count: 2, max: 2, channel: 'email', per: '7d' }],
    [
      'in quiet hours, but waits',
      sms({ at: night }),
      {
        because: 'quietHours',
        until: new Date('2026-05-02T07:00Z'),
        zone: 'Europe/Berlin',
        fellBack: false,
        from: '20:00',
        to: '09:00',
      },
    ],
  ])('%s', (_, given, expected) => expect(maySend(given, settings)).toEqual({ send: false, ...expected }))
})

describe('is sent', () => {
  test.each<[string, SendFacts]>([
    ['with the last money that suffices', facts({ budget: { amount: 10, spent: 9.94, cost: 0.06, currency: 'EUR' } })],
    ['however the cents add up', facts({ budget: { amount: 0.3, spent: 0.1 + 0.1, cost: 0.1, currency: 'EUR' } })],
    ['below the cap', facts({ caps, capCounts: [1] })],
    ['beyond the cap by a campaign that ignores caps', facts({ caps, capCounts: [9], ignoreCaps: true })],
    ['in the evening by a channel without quiet hours', facts({ at: night })],
    ['in the customer’s morning while it is night here', sms({ at: new Date('2026-05-01T01:00Z'), timezone: 'Asia/Tokyo' })],
  ])('%s', (_, given) => expect(maySend(given, settings)).toEqual({ send: true }))
})

describe('a transactional message', () => {
  const receipt = (more: Partial<SendFacts> = {}) => sms({ class: 'transactional', topic: null, consents: [], ...more })
  test('needs no consent, outlives an unsubscribe and counts for no cap', () => {
    expect(maySend(receipt(), settings)).toEqual({ send: true })
    expect(
      maySend(receipt({ consents: [unsubscribed], suppression: { reason: 'unsubscribed' }, caps, capCounts: [9] }), settings),
    ).toEqual({ send: true })
  })
  test.each(['bounce', 'complaint', 'stop', 'manual', 'import'])('does not reach an address suppressed for %s', reason =>
    expect(maySend(receipt({ suppression: { reason } }), settings)).toMatchObject({ because: 'suppressed', suppression: reason }),
  )
  test('keeps quiet hours unless its campaign ignores them', () => {
    expect(maySend(receipt({ at: night }), settings)).toMatchObject({ because: 'quietHours' })
    expect(maySend(receipt({ at: night, quietHours: 'ignore' }), settings)).toEqual({ send: true })
  })
  test('cannot lend that to marketing', () =>
    expect(maySend(sms({ at: night, quietHours: 'ignore' }), settings)).toMatchObject({ because: 'quietHours' }))
})

test('a zone that nobody knows gets the default zone, and the verdict says so', () => {
  expect(maySend(sms({ at: night, timezone: 'Mars/Olympus' }), settings)).toMatchObject({
    because: 'quietHours',
    zone: 'Europe/Berlin',
    fellBack: true,
  })
})

test('of several objections the first in order is given', () => {
  const all = sms({
    at: night,
    erased: true,
    suppression: { reason: 'stop' },
    consents: [unsubscribed],
    address: null,
    holdout: true,
    goalReachedAt: noon,
    exited: true,
    budget: { amount: 0, spent: 0, cost: 1, currency: 'EUR' },
    caps,
    capCounts: [2],
  })
  const removals: Partial<SendFacts>[] = [
    { erased: false },
    { suppression: null },
    { consents: sms().consents },
    { address: '+46701234567' },
    { holdout: false },
    { goalReachedAt: null },
    { exited: false },
    { budget: null },
    { caps: [] },
    { at: noon },
  ]
  const order: string[] = []
  let given = all
  for (const removal of removals) {
    const verdict = maySend(given, settings)
    order.push(verdict.send ? 'send' : verdict.because)
    given = { ...given, ...removal }
  }
  expect([...order, maySend(given, settings).send]).toEqual([
    'erased',
    'suppressed',
    'unsubscribed',
    'noAddress',
    'holdout',
    'goalReached',
    'exited',
    'budget',
    'capped',
    'quietHours',
    true,
  ])
})

test('a cap is a window that ends now, for its own channel or for all', () => {
  const some = settingsSchema.parse({
    caps: [
      { channel: 'email', max: 2, per: '7d' },
      { channel: 'sms', max: 1, per: '1d' },
      { channel: 'all', max: 3, per: '1d' },
    ],
  }).caps
  expect(capWindows(some, 'email', noon)).toEqual([
    { channels: ['email'], since: new Date('2026-04-24T10:00Z'), max: 2, channel: 'email', per: '7d' },
    { channels: ['email', 'sms', 'inApp'], since: new Date('2026-04-30T10:00Z'), max: 3, channel: 'all', per: '1d' },
  ])
})

describe('whatever the facts', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Kolkata',
    'Pacific/Chatham',
    'nowhere',
    null,
  ]
  const near = fc
    .tuple(
      fc.constantFrom(
        '2026-03-29T01:00Z',
        '2026-10-25T01:00Z',
        '2026-03-08T07:00Z',
        '2026-11-01T06:00Z',
        '2026-10-03T15:30Z',
        '2026-04-04T15:00Z',
      ),
      fc.integer({ min: -2_000, max: 2_000 }),
    )
    .map(([at, minutes]) => new Date(Date.parse(at) + minutes * 60_000))
  const given: fc.Arbitrary<SendFacts> = fc.record({
    at: near,
    customer: fc.nat(),
    channel: fc.constantFrom('email', 'sms', 'inApp'),
    class: fc.constantFrom('marketing', 'transactional'),
    topic: fc.constantFrom('tips', null),
    address: fc.constantFrom('x', null),
    timezone: fc.constantFrom(...zones),
    erased: fc.boolean(),
    suppression: fc.constantFrom(null, null, { reason: 'stop' }, { reason: 'unsubscribed' }),
    consents: fc.array(
      fc.record({ topic: fc.constantFrom('', 'tips'), status: fc.constantFrom('subscribed', 'unsubscribed'), at: near }),
      { maxLength: 3 },
    ),
    quietHours: fc.constantFrom('respect', 'ignore'),
    spreadMs: fc.constantFrom(0, 0, 3_600_000, 864_000_000),
  })
  const quietEverywhere = settingsSchema.parse({
    quietHours: {
      sms: { from: '20:00', until: '09:00' },
      email: { from: '22:30', until: '02:30' },
      inApp: { from: '01:15', until: '23:45' },
    },
  })

  test('marketing never reaches who unsubscribed last', () => {
    fc.assert(
      fc.property(given, one => {
        const verdict = maySend(
          {
            ...one,
            class: 'marketing',
            consents: [...one.consents, { topic: '', status: 'unsubscribed', at: new Date('2027-01-01') }],
          },
          quietEverywhere,
        )
        expect(verdict.send).toBe(false)
      }),
    )
  })

  test('a deferred message leaves later, within two days, and never in the quiet hours of the customer’s zone', () => {
    let deferred = 0
    fc.assert(
      fc.property(given, one => {
        const verdict = maySend(
          { ...one, erased: false, suppression: null, consents: [{ topic: '', status: 'subscribed', at: one.at }], address: 'x' },
          quietEverywhere,
        )
        if (verdict.send) return
        if (verdict.because !== 'quietHours') expect.unreachable(verdict.because)
        deferred++
        expect(verdict.until.getTime()).toBeGreaterThan(one.at.getTime())
        expect(verdict.until.getTime() - one.at.getTime()).toBeLessThan(48 * 3_600_000)
        expect(isQuiet(verdict.until, verdict.zone, verdict.from, verdict.to)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
    expect(deferred).toBeGreaterThan(100)
  })

  test('people spread over the start of the day keep their places, evenly', () => {
    const places = Array.from({ length: 1_000 }, (_, customer) => {
      const ask = () => maySend(sms({ at: night, customer, spreadMs: 600_000 }), settings)
      const verdict = ask()
      expect(ask()).toEqual(verdict)
      return verdict.send || verdict.because !== 'quietHours'
        ? Number.NaN
        : verdict.until.getTime() - Date.parse('2026-05-02T07:00Z')
    })
    for (let minute = 0; minute < 10; minute++) {
      const there = places.filter(place => Math.floor(place / 60_000) === minute).length
      expect(there).toBeGreaterThan(70)
      expect(there).toBeLessThan(130)
    }
  })
})
