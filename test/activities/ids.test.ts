import { describe, expect, test } from 'vitest'
import { timeOrderedIds } from '../../activities/ids.ts'

describe('ids of a wave', () => {
  const at = Date.UTC(2026, 10, 26, 9)
  const ids = timeOrderedIds(at, 500)

  test('are UUIDs of version 7 that carry their moment', () => {
    for (const id of ids) {
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
      expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(at)
    }
  })

  test('are as many as were asked for, and no two the same', () => {
    expect(new Set(ids).size).toBe(500)
    expect(timeOrderedIds(at, 0)).toEqual([])
  })
})
