import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainEventRow } from '../../../domain/import/event-row.ts'
import { layoutOf } from '../../../domain/import/layout.ts'
import { readCsvRow } from '../../../domain/import/row.ts'

const receivedAt = new Date('2026-05-01T12:00:00Z')
const context = { receivedAt, region: 'DE' }
const name = fc.constantFrom(
  'externalId',
  'event',
  'timestamp',
  'messageId',
  'revenue',
  '10',
  '2',
  'ä',
  'constructor',
  '__proto__',
  'note',
)
const time = fc.constantFrom(
  '2026-04-30',
  '2026-04-30T10:00:00.123Z',
  '2026-05-02T11:00:00Z',
  '2026-05-03',
  '1777500000',
  '1777500000.5',
  '1777500000123',
  '9999-12-31',
  'soon',
)
const cell = fc.oneof(
  fc.string(),
  time,
  fc.constantFrom('', ' ', 'page', 'c1', ' 12.50 ', '007', 'TRUE', 'x'.repeat(600), '😀', '__proto__'),
)
const constant = fc.dictionary(name, fc.oneof(cell, fc.integer(), fc.boolean()), { maxKeys: 3 })

const given: Record<string, fc.Arbitrary<string>> = {
  externalId: fc.oneof(cell, fc.constantFrom('c1', ' c2', 'ä😀')),
  event: fc.oneof(cell, fc.constantFrom('Login', 'Order Completed', '"')),
  timestamp: fc.oneof({ weight: 1, arbitrary: cell }, { weight: 4, arbitrary: time }),
}

test('a plain line of events means what the whole reading says of it, and what the short one does not know is left to that', () => {
  let plain = 0
  const line = fc.uniqueArray(name, { maxLength: 4 }).chain(more => {
    const header = [...new Set([...more, 'externalId', 'timestamp'])]
    return fc.tuple(
      fc.constant(header),
      fc.record({ event: given.event! }),
      constant,
      fc.tuple(...header.map(name => (Object.hasOwn(given, name) ? given[name]! : cell))),
      fc.integer({ min: -1, max: 8 }),
    )
  })
  fc.assert(
    fc.property(line, ([header, needed, more, said, shorter]) => {
      const given = { ...more, ...needed }
      const read = layoutOf(header.join(','), 'events', {}, given)
      if ('faults' in read) return
      const cells = shorter < 0 ? [...said, 'more'] : shorter === 0 ? said.slice(0, -1) : said
      const short = plainEventRow(read.layout, given)?.(cells, context)
      if (!short) return
      plain++
      expect(short).toEqual(readCsvRow(cells, 'events', read.layout, given, context))
    }),
    { numRuns: 2_000 },
  )
  expect(plain).toBeGreaterThan(200)
})

test('nearly all lines are read so', () => {
  const read = layoutOf('externalId,event,timestamp,revenue', 'events', {}, {})
  if ('faults' in read) throw new Error('no header')
  const short = plainEventRow(read.layout, {})!
  expect(short(['c1', 'Order Completed', '2026-04-30', '12.5'], context)).toMatchObject({
    kind: 'track',
    customer: 'c1',
    event: 'Order Completed',
    properties: { revenue: 12.5 },
    content: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})
