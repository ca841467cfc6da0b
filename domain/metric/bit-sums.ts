/** How many have each bit of a set, found by adding up: these bits of all sets in one sum, so far apart that no count reaches the next. */
export interface BitSum {
  mask: bigint
  /** Which bit counts for which column. */
  places: readonly { column: number; bit: bigint }[]
}

/** So many bits of a sum hold one count. */
const width = 20n

/** A sum must be of fewer sets than this, as a power of two: one fewer than a count can hold. */
export const mostSets = Number(width) - 1

/** The sums that count these bits, one for each column: as few as there can be. */
export function bitSums(bits: readonly bigint[]): BitSum[] {
  const sums: { mask: bigint; places: { column: number; bit: bigint }[] }[] = []
  const ascending = bits.map((bit, column) => ({ column, bit })).toSorted((a, b) => (a.bit < b.bit ? -1 : a.bit > b.bit ? 1 : 0))
  for (const { column, bit } of ascending) {
    const sum = sums.find(({ places }) => {
      const last = places.at(-1)?.bit ?? 0n
      return last === bit || last + width <= bit
    })
    if (sum) {
      sum.mask |= 1n << bit
      sum.places.push({ column, bit })
    } else sums.push({ mask: 1n << bit, places: [{ column, bit }] })
  }
  return sums
}

/** The counts of the columns, from what each sum came to; nothing where there was nothing to add. */
export function countsOf(sums: readonly BitSum[], came: readonly (string | null)[]): number[] {
  const counts: number[] = []
  for (const [i, { places }] of sums.entries()) {
    const sum = BigInt(came[i] ?? 0)
    for (const { column, bit } of places) counts[column] = Number((sum >> bit) & ((1n << width) - 1n))
  }
  return counts
}
