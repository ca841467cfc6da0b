import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Channel, Envelope, Outcome } from '../../channels/channel.ts'
import type { Letter, LetterField } from '../../domain/message/letter.ts'
import { fill } from '../../domain/message/letter.ts'
import type { FaultKind, Faults } from '../providers/faults.ts'

/** What reached the other side, read from there. */
export interface Arrived {
  messageId: string
  to: string
  content: Partial<Record<LetterField, string>>
}

/** One channel with a real counterpart, as the suite needs it. */
export interface Bench {
  channel: Channel
  /** The same channel with a short time-out, for faults that never answer. */
  impatient?: Channel
  /** The fields this channel sends. */
  fields: readonly LetterField[]
  address(n: number): string
  /** An address the other side refuses; undefined where there is no such thing. */
  badAddress?: string
  arrived(): readonly Arrived[]
  /** Lets the next requests meet faults; every channel over a wire has it. */
  faults?(faults: Faults | undefined): void
  /** Everything that travelled, as text. */
  travelled?(): string
  reset(): void
  close(): Promise<void>
}

/** What the outcome of everybody must be when the only request about him meets this fault. */
const verdicts: Record<FaultKind, Outcome['kind']> = {
  resetBefore: 'unclear',
  hangBefore: 'unclear',
  tooMany: 'later',
  error500Before: 'unclear',
  error503Before: 'later',
  error500After: 'unclear',
  acceptThenHang: 'unclear',
  acceptThenReset: 'unclear',
  garbage: 'unclear',
  slow: 'accepted',
}

export const letterOf = (fields: Letter['fields'], places: number): Letter => ({ fields, places })

/** A letter for these fields with two open places in each, in different order. */
export const greeting = (fields: readonly LetterField[]): Letter =>
  letterOf(Object.fromEntries(fields.map((field, i) => [field, [`(${field}) Hej `, i % 2, ', ', 1 - (i % 2), '!']])), 2)

export const envelopesFor = (count: number, address: (n: number) => string, values: (n: number) => string[]): Envelope[] =>
  Array.from({ length: count }, (_, n) => ({ messageId: randomUUID(), to: address(n), values: values(n) }))

/** The suite every channel passes. */
export function channelContract(name: string, over: 'wire' | 'store', open: () => Promise<Bench>) {
  describe(`${name} keeps a channel's promises`, () => {
    let bench: Bench
    beforeAll(async () => {
      bench = await open()
    })
    beforeEach(() => bench.reset())
    afterAll(() => bench.close())

    const send = (envelopes: Envelope[], letter = greeting(bench.fields), channel = bench.channel) =>
      channel.send({ letter, envelopes, class: 'marketing', at: Date.UTC(2026, 0, 15, 9) })
    const people = (count: number, values = (n: number) => [`Ada ${n}`, `plan ${n}`]) =>
      envelopesFor(count, bench.address, values)
    const arrivedOf = (envelope: Envelope) => bench.arrived().filter(each => each.messageId === envelope.messageId)

    it('gives every envelope its own outcome, in order, and every person the words meant for him', async () => {
      const envelopes = people(25)
      const letter = greeting(bench.fields)
      const outcomes = await send(envelopes, letter)
      expect(outcomes.map(outcome => outcome.kind)).toEqual(envelopes.map(() => 'accepted'))
      for (const envelope of envelopes) {
        const [copy, ...more] = arrivedOf(envelope)
        expect(more).toEqual([])
        expect(copy!.to).toBe(envelope.to)
        for (const field of bench.fields) expect(copy!.content[field]).toBe(fill(letter.fields[field]!, envelope.values))
      }
    })

    it('takes a whole batch of the size it names', async () => {
      const envelopes = people(bench.channel.maxBatch)
      const outcomes = await send(envelopes)
      expect(new Set(outcomes.map(outcome => outcome.kind))).toEqual(new Set(['accepted']))
      expect(new Set(bench.arrived().map(each => each.messageId))).toEqual(new Set(envelopes.map(each => each.messageId)))
    })

    it('has nothing to do with an empty batch', async () => {
      expect(await send([])).toEqual([])
    })

    it.each([
      ['accents and sharp s', 'Žofie Straße-Ångström'],
      ['emoji with joiners', '👩🏽‍🚀👨‍👩‍👧‍👦 🇸🇪'],
      ['right-to-left', 'مرحبا יאיר \u202Bשלום\u202C'],
      ['CJK and astral letters', '山田太郎 𠮷野家 𝒜𝒹𝒶'],
      ['what templates, mail and JSON treat as special', `{{x}} %name% $& $1 "quoted" \\back\\slash 'a' <b>&amp;</b>`],
      ['lines and tabs', 'one\ntwo\tthree'],
      ['names of other places', '-p0- -p1- {0} {1} :0 [%1%]'],
    ])('carries %s as they are', async (_, words) => {
      const envelopes = people(3, n => [words, `${words}${n}`])
      const letter = letterOf(Object.fromEntries(bench.fields.map(field => [field, ['»', 0, '« ', words, ' ', 1]])), 2)
      const outcomes = await send(envelopes, letter)
      expect(outcomes.every(outcome => outcome.kind === 'accepted')).toBe(true)
      for (const envelope of envelopes)
        for (const field of bench.fields)
          expect(arrivedOf(envelope)[0]!.content[field]).toBe(fill(letter.fields[field]!, envelope.values))
    })

    it('sends the same person two messages of one batch', async () => {
      const envelopes = envelopesFor(
        4,
        n => bench.address(n % 2),
        n => [`copy ${n}`, 'x'],
      )
      const outcomes = await send(envelopes)
      expect(outcomes.map(outcome => outcome.kind)).toEqual(Array(4).fill('accepted'))
      for (const envelope of envelopes) expect(arrivedOf(envelope)).toHaveLength(1)
    })

    it('refuses an empty message to its person alone', async () => {
      const envelopes = people(3, n => (n === 1 ? ['', ' '] : ['a', 'b']))
      const letter = letterOf(Object.fromEntries(bench.fields.map(field => [field, [0, 1]])), 2)
      const outcomes = await send(envelopes, letter)
      expect(outcomes.map(outcome => outcome.kind)).toEqual(['accepted', 'refused', 'accepted'])
      expect(bench.arrived()).toHaveLength(2)
    })

    it('lets a bad address cost only itself', async context => {
      const bad = bench.badAddress
      if (bad === undefined) return context.skip('this channel refuses no address')
      const envelopes = people(12)
      envelopes[0]!.to = bad
      envelopes[7]!.to = bad
      const outcomes = await send(envelopes)
      expect(outcomes.map(outcome => outcome.kind)).toEqual(envelopes.map(each => (each.to === bad ? 'refused' : 'accepted')))
      expect(
        bench
          .arrived()
          .map(each => each.messageId)
          .sort(),
      ).toEqual(
        envelopes
          .filter(each => each.to !== bad)
          .map(each => each.messageId)
          .sort(),
      )
    })

    if (over === 'store') return

    it('lets nothing about us travel but the message id', async () => {
      const envelopes = people(2)
      await send(envelopes)
      const text = bench.travelled!()
      for (const envelope of envelopes) expect(text).toContain(envelope.messageId)
      expect(text).not.toMatch(/enrollment|customer_?id|run_?id|campaign/i)
    })

    it.each(Object.entries(verdicts) as [FaultKind, Outcome['kind']][])('meets %s with the outcome "%s"', async (fault, kind) => {
      bench.faults!(request => (request === 0 ? fault : undefined))
      const [outcome, ...rest] = await send(people(1), undefined, /hang/i.test(fault) ? bench.impatient! : bench.channel)
      expect(rest).toEqual([])
      expect(outcome!.kind).toBe(kind)
      if (outcome!.kind === 'later') expect(outcome!.afterMs).toBeGreaterThanOrEqual(1_000)
    })

    it('names an outcome for everybody when every request meets a fault, and never calls accepted what was not', async () => {
      const kinds = Object.keys(verdicts) as FaultKind[]
      bench.faults!(request => (kinds[request % kinds.length] === 'tooMany' ? undefined : kinds[request % kinds.length]))
      const envelopes = people(20)
      const outcomes = await send(envelopes, undefined, bench.impatient)
      expect(outcomes).toHaveLength(20)
      outcomes.forEach((outcome, n) => {
        const times = arrivedOf(envelopes[n]!).length
        if (outcome.kind === 'accepted') expect(times).toBe(1)
        if (outcome.kind === 'later' || outcome.kind === 'refused') expect(times).toBe(0)
        expect(times).toBeLessThanOrEqual(1)
      })
    })
  })
}
