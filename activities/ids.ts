import { randomFillSync } from 'node:crypto'

/** Time-ordered UUIDs (version 7, RFC 9562) for one moment: a million of them fill an index from left to right. */
export function timeOrderedIds(at: number, count: number): string[] {
  const bytes = Buffer.alloc(16 * count)
  randomFillSync(bytes)
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const id = bytes.subarray(16 * i, 16 * (i + 1))
    id.writeUIntBE(at, 0, 6)
    id[6] = 0x70 | (id[6]! & 0x0f)
    id[8] = 0x80 | (id[8]! & 0x3f)
    const hex = id.toString('hex')
    ids.push(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`)
  }
  return ids
}
