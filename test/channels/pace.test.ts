import { describe, expect, it } from 'vitest'
import { createPace } from '../../channels/pace.ts'
import { askedMs, redact } from '../../channels/wire.ts'

/** Tasks that end when told, and how many run. */
function tasks(pace: ReturnType<typeof createPace>) {
  const ends: (() => void)[] = []
  const begin = () => pace.run(() => new Promise<void>(done => ends.push(done)))
  const settle = () => new Promise(done => setImmediate(done))
  return { begin, ends, settle }
}

describe('the pace of a provider', () => {
  it('lets no more run at once than agreed', async () => {
    const { begin, ends, settle } = tasks(createPace({ atOnce: 3 }))
    const all = Array.from({ length: 10 }, begin)
    let ended = 0
    while (ended < 10) {
      await settle()
      expect(ends.length - ended).toBeLessThanOrEqual(3)
      ends[ended++]!()
    }
    await Promise.all(all)
  })

  it('is halved by every "too many" but never stops, and widens again with good answers', async () => {
    const pace = createPace({ atOnce: 8, now: () => 0 })
    const { begin, ends, settle } = tasks(pace)
    for (let n = 0; n < 5; n++) pace.slower(0)
    const all = Array.from({ length: 10 }, begin)
    await settle()
    expect(ends).toHaveLength(1)
    for (let n = 0; n < 100; n++) pace.faster()
    await settle()
    expect(ends).toHaveLength(8)
    while (ends.length < 10 || ends.some(Boolean)) {
      const end = ends.shift()
      if (!end) break
      end()
      await settle()
    }
    await Promise.all(all)
  })

  it('goes on after a task that failed', async () => {
    const pace = createPace({ atOnce: 1 })
    await expect(pace.run(async () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(await pace.run(async () => 1)).toBe(1)
  })

  it('holds as long as it was told, and the longest of two holds', async () => {
    let now = 0
    const pace = createPace({ atOnce: 1, patienceMs: 0, now: () => now })
    expect(await pace.holdMs()).toBe(0)
    pace.hold(5_000)
    pace.slower(1_000)
    expect(await pace.holdMs()).toBe(5_000)
    now = 5_000
    expect(await pace.holdMs()).toBe(0)
  })
})

describe('a provider that fails without naming a time', () => {
  it('is left alone a second, then twice as long each time in a row, at most a minute, and briefly again once it answered well', async () => {
    let now = 0
    const pace = createPace({ atOnce: 4, patienceMs: 0, now: () => now })
    const fail = () => {
      const held = pace.slower(undefined)
      now += held
      return held
    }
    expect(Array.from({ length: 8 }, fail)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    pace.faster()
    expect(fail()).toBe(1_000)
  })

  it('failed once when requests under way together fail together', () => {
    const pace = createPace({ atOnce: 4, patienceMs: 0, now: () => 0 })
    expect([pace.slower(undefined), pace.slower(undefined), pace.slower(undefined)]).toEqual([1_000, 1_000, 1_000])
    pace.faster()
    expect(pace.slower(undefined)).toBe(1_000)
  })
})

describe('the time a provider asks us to stay away', () => {
  it('is never less than a second and never more than an hour', () => {
    for (const after of ['0', '-5', '0.2', new Date(0).toUTCString()])
      expect(askedMs({ 'retry-after': after }, 10_000)).toBeGreaterThanOrEqual(1_000)
    expect(askedMs({ 'retry-after': '99999999' }, 0)).toBe(3_600_000)
  })
})

describe('a provider’s words', () => {
  it.each([
    ['You have included [ada@mail.example] more than once.', 'You have included [[address]] more than once.'],
    ["The 'To' number +1 (555) 123-4567 is not valid.", "The 'To' number [number] is not valid."],
    ['550 5.1.1 no such user', '550 5.1.1 no such user'],
  ])('are kept without the person: %s', (words, kept) => {
    expect(redact(words)).toBe(kept)
  })
})
