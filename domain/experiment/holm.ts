/**
 * Holm's step-down correction: adjusted p-values in the order given, and which are rejected at `alpha`. Holds under any
 * dependence between the tests, and on anytime-valid p-values too.
 */
export function holm(pValues: readonly number[], alpha: number): { adjusted: number[]; rejected: boolean[] } {
  const m = pValues.length
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1))
  const adjusted = new Array<number>(m).fill(1)
  let highest = 0
  order.forEach((i, k) => {
    highest = Math.max(highest, Math.min(1, (m - k) * (pValues[i] ?? 1)))
    adjusted[i] = highest
  })
  return { adjusted, rejected: adjusted.map(p => p <= alpha) }
}
