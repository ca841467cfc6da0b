import { randomFillSync } from 'node:crypto'

/** Time-ordered UUIDs (version 7, RFC 9562) for one moment: a million of them fill an index from left to right. */
export function timeOrderedIds(at: number, count: number): string[] {
  const bytes = Buffer.alloc(16 * count)
  randomFillSync(bytes)
  // Written as one text, from which each is cut: put together one by one they would be a dozen small strings each.
  const text = Buffer.alloc(36 * count, '-')
  let to = 0
  for (let start = 0; start < bytes.length; start += 16) {
    bytes.writeUIntBE(at, start, 6)
    bytes[start + 6] = 0x70 | (bytes[start + 6]! & 0x0f)
    bytes[start + 8] = 0x80 | (bytes[start + 8]! & 0x3f)
    for (let i = 0; i < 16; i++) {
      // The dashes between the groups stand there already.
      if (i === 4 || i === 6 || i === 8 || i === 10) to++
      const byte = bytes[start + i]!
      text[to++] = digits[byte >> 4]!
      text[to++] = digits[byte & 0x0f]!
    }
  }
  const ids = text.toString('latin1')
  return Array.from({ length: count }, (_, i) => ids.slice(36 * i, 36 * (i + 1)))
}

const digits = Buffer.from('0123456789abcdef')
