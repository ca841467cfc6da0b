/** Two-sided normal quantile by Acklam's rational approximation; absolute error below 1.2e-9. */
function quantile(p: number): number {
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239]
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572]
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783,
  ]
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416]
  const poly = (xs: readonly number[], x: number) => xs.reduce((sum, each) => sum * x + each, 0)
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p))
    return poly(c, q) / (poly(d, q) * q + 1)
  }
  if (p > 1 - 0.02425) return -quantile(1 - p)
  const q = p - 0.5
  const r = q * q
  return (poly(a, r) * q) / (poly(b, r) * r + 1)
}

/**
 * Customers per arm for a two-sided test of two proportions with 80 % power, by the usual normal formula (Fleiss). `effect`
 * is the absolute difference. Undefined where base and effect cannot be proportions.
 */
export function sampleSize(base: number, effect: number, error: number, power = 0.8): number | undefined {
  const other = base + effect
  if (!(base > 0 && base < 1 && effect > 0 && other < 1 && error > 0 && error < 1)) return undefined
  const mean = (base + other) / 2
  const za = quantile(1 - error / 2)
  const zb = quantile(power)
  const top = za * Math.sqrt(2 * mean * (1 - mean)) + zb * Math.sqrt(base * (1 - base) + other * (1 - other))
  return Math.ceil((top / effect) ** 2)
}
