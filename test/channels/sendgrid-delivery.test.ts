import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Envelope, Outcome } from '../../channels/channel.ts'
import { type Reading, readReply } from '../../channels/email/sendgrid-answer.ts'
import { deliver } from '../../channels/email/sendgrid-delivery.ts'
import { divide, type Part, readSender, requestBytes } from '../../channels/email/sendgrid-request.ts'

const accepted: Outcome = { kind: 'accepted', providerId: 'x' }
const refused: Outcome = { kind: 'refused', code: '400', detail: 'wrong' }
const parts = (count: number, bytes = 100): Part[] => Array.from({ length: count }, (_, row) => ({ row, json: '{}', bytes }))
const envelopes = (to: readonly string[]): Envelope[] => to.map((address, n) => ({ messageId: `m${n}`, to: address, values: [] }))

/** A provider that refuses requests with certain people in them, and says so in one of its ways. */
function provider(bad: ReadonlySet<number>, way: 'namesAll' | 'namesOne' | 'namesNobody', most = 1_000) {
  const accepts: number[] = []
  let requests = 0
  const attempt = async (some: readonly Part[]): Promise<Reading> => {
    requests++
    if (some.length > most) return { means: 'tooLarge', outcome: { kind: 'refused', code: '413', detail: 'too large' } }
    const positions = some.flatMap(({ row }, position) => (bad.has(row) ? [position] : []))
    if (positions.length === 0) {
      accepts.push(...some.map(part => part.row))
      return { means: 'all', outcome: accepted }
    }
    if (way === 'namesNobody') return { means: 'somebody', outcome: refused }
    const named = way === 'namesAll' ? positions : positions.slice(0, 1)
    return { means: 'some', refused: new Map(named.map(position => [position, refused])) }
  }
  return { attempt, accepts, requests: () => requests }
}

const settled = async (count: number, attempt: (some: readonly Part[]) => Promise<Reading>) => {
  const outcomes = new Map<number, Outcome[]>()
  await deliver(parts(count), attempt, ({ row }, outcome) => outcomes.set(row, [...(outcomes.get(row) ?? []), outcome]))
  return outcomes
}

describe('a request in which some are refused', () => {
  it('gives everybody one outcome, sends nobody twice and refuses nobody who is right', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 120 }),
        fc.uniqueArray(fc.nat(119), { maxLength: 30 }),
        fc.constantFrom('namesAll' as const, 'namesOne' as const),
        fc.constantFrom(1_000, 7),
        async (count, list, way, most) => {
          const bad = new Set(list.filter(row => row < count))
          const { attempt, accepts, requests } = provider(bad, way, most)
          const outcomes = await settled(count, attempt)
          for (let row = 0; row < count; row++) expect(outcomes.get(row)).toEqual([bad.has(row) ? refused : accepted])
          expect(new Set(accepts).size).toBe(accepts.length)
          expect(requests()).toBeLessThanOrEqual(2 * count + 1)
        },
      ),
    ))

  it('finds one whom the provider does not name', async () => {
    const bad = new Set([341])
    const { attempt, requests } = provider(bad, 'namesNobody')
    const outcomes = await settled(1_000, attempt)
    for (let row = 0; row < 1_000; row++) expect(outcomes.get(row)).toEqual([bad.has(row) ? refused : accepted])
    expect(requests()).toBeLessThan(80)
  })

  it('does not ask a thousand times when it is the letter that is refused', async () => {
    const everybody = new Set(Array.from({ length: 1_000 }, (_, row) => row))
    const { attempt, requests } = provider(everybody, 'namesNobody')
    const outcomes = await settled(1_000, attempt)
    expect([...outcomes.values()].every(list => list.length === 1 && list[0]!.kind === 'refused')).toBe(true)
    expect(requests()).toBe(4)
  })
})

describe('a batch divided into requests', () => {
  it('has everybody once, no address twice in a request, none too large', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a@x', 'A@x', 'b@x', 'c@x', 'd@x'), fc.integer({ min: 1, max: requestBytes / 2 })), {
          maxLength: 60,
        }),
        people => {
          const each: Part[] = people.map(([, bytes], row) => ({ row, json: '', bytes }))
          const requests = divide(each, envelopes(people.map(([to]) => to)), 1_000)
          expect(
            requests
              .flat()
              .map(part => part.row)
              .sort((a, b) => a - b),
          ).toEqual(each.map(part => part.row))
          for (const request of requests) {
            const addresses = request.map(part => people[part.row]![0].toLowerCase())
            expect(new Set(addresses).size).toBe(addresses.length)
            expect(request.reduce((sum, part) => sum + part.bytes, 1_000)).toBeLessThanOrEqual(requestBytes)
          }
        },
      ),
    ))

  it('has at most a thousand people in a request', () => {
    const requests = divide(parts(2_500), envelopes(Array.from({ length: 2_500 }, (_, n) => `p${n}@x`)), 0)
    expect(requests.map(request => request.length)).toEqual([1_000, 1_000, 500])
  })
})

describe('SendGrid’s answer', () => {
  const read = (status: number, body: unknown = '', headers: Record<string, string> = {}) =>
    readReply({ answered: true, status, headers, body }, 3, { sandboxMode: false, now: 1_000_000 })
  const error = (field: string | null) => ({ errors: [{ message: 'Does not contain a valid address.', field, help: null }] })

  it.each([
    ['202 with an id', read(202, '', { 'x-message-id': 'abc' }), { kind: 'accepted', providerId: 'abc' }],
    ['202 without one', read(202), { kind: 'accepted' }],
    ['202 with a page of somebody else', read(202, '<html>'), { kind: 'unclear', code: 'garbage' }],
    ['200 outside the sandbox', read(200, '<html>'), { kind: 'unclear', code: '200' }],
    ['401', read(401), { kind: 'later', afterMs: 900_000 }],
    ['403', read(403), { kind: 'later', afterMs: 900_000 }],
    ['404', read(404), { kind: 'later', afterMs: 900_000 }],
    ['a redirect', read(301), { kind: 'later', afterMs: 900_000 }],
    ['a redirect after processing', read(303), { kind: 'unclear' }],
    ['408', read(408), { kind: 'unclear' }],
    ['429 with seconds', read(429, '', { 'retry-after': '7' }), { kind: 'later', afterMs: 7_000 }],
    ['429 with a date', read(429, '', { 'retry-after': new Date(1_060_000).toUTCString() }), { kind: 'later', afterMs: 60_000 }],
    ['429 with a reset', read(429, '', { 'x-ratelimit-reset': '1090' }), { kind: 'later', afterMs: 90_000 }],
    ['429 with nonsense', read(429, '', { 'retry-after': 'soon' }), { kind: 'later', afterMs: 30_000 }],
    ['429 for a year', read(429, '', { 'retry-after': '31536000' }), { kind: 'later', afterMs: 3_600_000 }],
    ['500', read(500), { kind: 'unclear', code: '500' }],
    ['502', read(502), { kind: 'unclear', code: '502' }],
    ['503 in SendGrid’s words', read(503, error(null)), { kind: 'later', afterMs: 30_000 }],
    ['503 of a gateway', read(503, '<html>'), { kind: 'unclear', code: '503' }],
    ['504', read(504), { kind: 'unclear', code: '504' }],
    ['400 about our sender', read(400, error('from')), { kind: 'later', afterMs: 900_000 }],
  ])('%s means the same for all', (_, reading, outcome) => {
    expect(reading).toMatchObject({ means: 'all', outcome })
  })

  it('400 names a person by his place', () => {
    const reading = read(400, error('personalizations.1.to.0.email'))
    expect(reading.means === 'some' && [...reading.refused]).toEqual([
      [1, { kind: 'refused', code: '400', detail: 'Does not contain a valid address.' }],
    ])
  })

  it.each([null, 'personalizations', 'personalizations.17.to', 'content.0.value'])('400 about %s names nobody', field => {
    expect(read(400, error(field)).means).toBe('somebody')
  })

  it('400 with a body that is no JSON names nobody', () => {
    expect(read(400, 'Bad Request').means).toBe('somebody')
  })
})

describe('a sender', () => {
  it.each([
    ['a@b.example', { email: 'a@b.example' }],
    ['Perennial <a@b.example>', { email: 'a@b.example', name: 'Perennial' }],
    ['"Ada, of the Shop" <a@b.example>', { email: 'a@b.example', name: 'Ada, of the Shop' }],
    ['<a@b.example>', { email: 'a@b.example' }],
  ])('%s is read', (text, sender) => {
    expect(readSender(text)).toEqual(sender)
  })
})
