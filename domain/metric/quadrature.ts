/** Numerical integration: Gauss-Legendre over panels for smooth humps, tanh-sinh for an interval with singular ends. */

const order = 16
const legendre = gaussLegendre(order)

/** Nodes and weights on [−1, 1], by Newton on the Legendre polynomial. */
function gaussLegendre(n: number): readonly { node: number; weight: number }[] {
  return Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 1
    for (let step = 0; step < 100; step++) {
      let [before, now] = [1, x]
      for (let k = 2; k <= n; k++) [before, now] = [now, ((2 * k - 1) * x * now - (k - 1) * before) / k]
      slope = (n * (x * now - before)) / (x * x - 1)
      const move = now / slope
      x -= move
      if (Math.abs(move) < 1e-16) break
    }
    return { node: x, weight: 2 / ((1 - x * x) * slope * slope) }
  })
}

/** The points at which a function is to be asked, with weights: ∫ f ≈ Σ weight · f(x) over the panels between the breaks (ascending). */
export function panelNodes(breaks: readonly number[]): { x: number; weight: number }[] {
  const nodes: { x: number; weight: number }[] = []
  for (let i = 1; i < breaks.length; i++) {
    const [from, to] = [breaks[i - 1] ?? 0, breaks[i] ?? 0]
    const half = (to - from) / 2
    if (half <= 0) continue
    for (const { node, weight } of legendre) nodes.push({ x: from + half * (1 + node), weight: half * weight })
  }
  return nodes
}

/**
 * ∫₀¹ f(p) dp by tanh-sinh (Takahasi and Mori 1974). `f` gets p and 1 − p, each with full relative precision, so that
 * p^(a−1) and (1−p)^(b−1) may be singular at the ends. Halves its step until two results agree to about 1e-13.
 */
export function integrateUnit(f: (p: number, rest: number) => number): number {
  const term = (t: number): number => {
    const s = Math.PI * Math.sinh(t)
    const p = 1 / (1 + Math.exp(-s))
    const rest = 1 / (1 + Math.exp(s))
    const jacobian = Math.PI * Math.cosh(t) * p * rest
    return p > 0 && rest > 0 && jacobian > 0 ? f(p, rest) * jacobian : 0
  }
  const reach = 5.4
  let step = 0.25
  let sum = 0
  for (let t = -reach; t <= reach; t += step) sum += term(t)
  let value = sum * step
  for (let level = 0; level < 8; level++) {
    for (let t = -reach + step / 2; t <= reach; t += step) sum += term(t)
    step /= 2
    const finer = sum * step
    if (Math.abs(finer - value) <= 1e-13 * Math.abs(finer)) return finer
    value = finer
  }
  return value
}
