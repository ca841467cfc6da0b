import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { messageToken, readMessageToken, type TokenUse } from '../../../domain/message/token.ts'

const uses: TokenUse[] = ['unsubscribe', 'preferences', 'click', 'survey']
const key = 'a-secret-of-at-least-thirty-two-characters'

describe('a link of a message', () => {
  test('leads to its message for its own use, and to nothing for any other', () => {
    fc.assert(
      fc.property(fc.uuid(), id => {
        const token = (use: TokenUse) => messageToken(key, use, id)
        for (const use of uses)
          for (const other of uses) expect(readMessageToken(key, other, token(use))).toBe(other === use ? id : undefined)
      }),
    )
  })

  test('is worth nothing once a character is another, or under another key', () => {
    const id = '0192f0c1-7f3b-7cc1-a5d3-aabbccddeeff'
    const token = messageToken(key, 'unsubscribe', id)
    for (let i = 0; i < token.length; i++) {
      const other = token[i] === 'A' ? 'B' : 'A'
      expect(readMessageToken(key, 'unsubscribe', token.slice(0, i) + other + token.slice(i + 1))).toBeUndefined()
    }
    expect(readMessageToken(`${key}.`, 'unsubscribe', token)).toBeUndefined()
  })

  test('that was signed as links were at first still works', () => {
    const id = Buffer.from('0192f0c17f3b7cc1a5d3aabbccddeeff', 'hex')
    for (const use of uses) {
      const mac = createHmac('sha256', key).update(use).update(id).digest().subarray(0, 12)
      const token = Buffer.concat([id, mac]).toString('base64url')
      expect(readMessageToken(key, use, token)).toBe('0192f0c1-7f3b-7cc1-a5d3-aabbccddeeff')
    }
  })
})
