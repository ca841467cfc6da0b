import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seal, unseal } from '../../domain/seal.ts'

const key = 'a-secret-of-at-least-thirty-two-characters'

describe('a sealed text', () => {
  test('is read again under its key alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        const sealed = seal(key, text)
        expect(unseal(key, sealed)).toBe(text)
        expect(unseal(`${key}.`, sealed)).toBeUndefined()
        if (text.length > 8) expect(sealed).not.toContain(text)
      }),
    )
  })

  test('that was altered, cut or never closed is none', () => {
    const sealed = seal(key, 'pk_of_somebody')
    const end = sealed.endsWith('A') ? 'B' : 'A'
    for (const other of [sealed.slice(0, -1) + end, sealed.slice(0, 20), '', '{"key":"pk_of_somebody"}', 'v1.'])
      expect(unseal(key, other)).toBeUndefined()
  })
})
