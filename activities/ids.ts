import { randomFillSync } from 'node:crypto'

/** Time-ordered UUIDs (version 7, RFC 9562) for one moment: a million of them fill an index from left to right. */
export function timeOrderedIds(at: number, count: number): string[] {
  const bytes = Buffer.alloc(16 * count)
  randomFillSync(bytes)
  for (let start = 0; start < bytes.length; start += 16) {
    bytes.writeUIntBE(at, start, 6)
    bytes[start + 6] = 0x70 | (bytes[start + 6]! & 0x0f)
    bytes[start + 8] = 0x80 | (bytes[start + 8]! & 0x3f)
  }
  // Written as one text, from which each is cut: put together one by one they would be a dozen small strings each.
  const text = Buffer.alloc(36 * count, '-')
  const hex = bytes.toString('hex')
  for (let i = 0; i < count; i++)
    for (const [from, to, length] of groups) text.write(hex.slice(32 * i + from, 32 * i + from + length), 36 * i + to, 'latin1')
  const ids = text.toString('latin1')
  return Array.from({ length: count }, (_, i) => ids.slice(36 * i, 36 * (i + 1)))
}

/** Where the groups of digits of an id begin, in its digits and as it is written, and how long they are. */
const groups = [
  [0, 0, 8],
  [8, 9, 4],
  [12, 14, 4],
  [16, 19, 4],
  [20, 24, 12],
] as const
