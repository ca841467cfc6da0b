import { describe, expect, test } from 'vitest'
import { createResultsCache } from '../../api/results-cache.ts'

const slow = (ms: number, answers: string[]) => async () => {
  await new Promise(resolve => setTimeout(resolve, ms))
  return answers.shift() ?? 'nothing more'
}

describe('answers that took long', () => {
  test('are given again while nothing was stored since, and never for another moment than they are about', async () => {
    const cached = createResultsCache()
    const compute = slow(250, ['first', 'second', 'third'])
    const ask = async (state: string, at: number, fresh = false) => (await cached('q', { state, at, fresh }, compute)).answer
    expect(await ask('s', 0)).toBe('first')
    expect(await ask('s', 50_000)).toBe('first')
    expect(await ask('s', 61_000)).toBe('second')
    expect(await ask('changed', 61_000)).toBe('third')
  })

  test('are given again for a little even though something was stored, when people would wait too long', async () => {
    const cached = createResultsCache()
    const compute = slow(1_100, ['first', 'second'])
    const ask = async (state: string, at: number) => await cached('q', { state, at, fresh: false }, compute)
    expect((await ask('s', 0)).answer).toBe('first')
    expect(await ask('changed', 9_000)).toEqual({ answer: 'first', age: 9 })
    expect((await ask('changed', 11_000)).answer).toBe('second')
  })

  test('are computed once for all who ask at once', async () => {
    const cached = createResultsCache()
    let times = 0
    const compute = async () => {
      times++
      await new Promise(resolve => setTimeout(resolve, 50))
      return times
    }
    const asked = Array.from({ length: 5 }, () => cached('q', { state: 's', at: 0, fresh: false }, compute))
    expect((await Promise.all(asked)).map(each => each.answer)).toEqual([1, 1, 1, 1, 1])
  })

  test('are not kept when they failed, nor when nobody had to wait', async () => {
    const cached = createResultsCache()
    let times = 0
    const ask = (compute: () => Promise<number>) => cached('q', { state: 's', at: 0, fresh: false }, compute)
    await expect(ask(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
    const quick = async () => ++times
    expect([(await ask(quick)).answer, (await ask(quick)).answer]).toEqual([1, 2])
  })
})
