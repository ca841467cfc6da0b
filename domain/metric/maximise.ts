/** What a function of several variables is worth at a point, and its slope there. */
export interface Slope {
  value: number
  gradient: readonly number[]
}

export interface Maximum {
  point: readonly number[]
  value: number
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)

/**
 * Climbs by BFGS with a backtracking line search from each start and keeps the highest summit that converged:
 * relative gain < 1e-10 and gradient norm < `gradientTolerance`. Null when no start converged.
 * Deterministic: equal inputs give equal results.
 */
export function maximise(
  f: (point: readonly number[]) => Slope,
  starts: readonly (readonly number[])[],
  gradientTolerance: number,
): Maximum | null {
  let best: Maximum | null = null
  for (const start of starts) {
    const summit = climb(f, start, gradientTolerance)
    if (summit && (!best || summit.value > best.value)) best = summit
  }
  return best
}

function climb(f: (point: readonly number[]) => Slope, start: readonly number[], gradientTolerance: number): Maximum | null {
  const n = start.length
  let point = [...start]
  let here = f(point)
  if (!Number.isFinite(here.value)) return null
  let inverse = identity(n, 1 / Math.max(1, Math.sqrt(dot(here.gradient, here.gradient))))
  let restarted = true
  for (let iteration = 0; iteration < 500; iteration++) {
    const direction = inverse.map(row => dot(row, here.gradient))
    const ascent = dot(direction, here.gradient)
    const next = ascent > 0 ? lineSearch(f, point, direction, here, ascent) : null
    if (!next) {
      if (Math.sqrt(dot(here.gradient, here.gradient)) < gradientTolerance) return { point, value: here.value }
      if (restarted) return null
      // The curvature went stale: forget it once and go on along the gradient.
      inverse = identity(n, 1 / Math.max(1, Math.sqrt(dot(here.gradient, here.gradient))))
      restarted = true
      continue
    }
    restarted = false
    const gain = next.slope.value - here.value
    const moved = next.point.map((x, i) => x - (point[i] ?? 0))
    const bent = here.gradient.map((g, i) => g - (next.slope.gradient[i] ?? 0))
    inverse = update(inverse, moved, bent)
    point = next.point
    here = next.slope
    const flat = Math.sqrt(dot(here.gradient, here.gradient)) < gradientTolerance
    if (flat && gain <= 1e-10 * Math.max(1, Math.abs(here.value))) return { point, value: here.value }
  }
  return null
}

/** A step along the direction that gains enough (Armijo); no coordinate moves by more than 2, for the coordinates are logarithms. */
function lineSearch(
  f: (point: readonly number[]) => Slope,
  point: readonly number[],
  direction: readonly number[],
  here: Slope,
  ascent: number,
) {
  let step = Math.min(1, 2 / Math.max(...direction.map(Math.abs)))
  for (let tries = 0; tries < 60; tries++) {
    const to = point.map((x, i) => x + step * (direction[i] ?? 0))
    const slope = f(to)
    if (Number.isFinite(slope.value) && slope.value > here.value && slope.value >= here.value + 1e-4 * step * ascent)
      return { point: to, slope }
    step /= 2
  }
  return null
}

const identity = (n: number, scale: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? scale : 0)))

/** The BFGS update of the inverse curvature (Nocedal and Wright, eq. 6.17); left alone where curvature is not positive. */
function update(inverse: number[][], moved: readonly number[], bent: readonly number[]): number[][] {
  const along = dot(moved, bent)
  if (!(along > 1e-14 * Math.sqrt(dot(moved, moved) * dot(bent, bent)))) return inverse
  const turned = inverse.map(row => dot(row, bent))
  const factor = (1 + dot(bent, turned) / along) / along
  return inverse.map((row, i) =>
    row.map(
      (h, j) =>
        h +
        factor * (moved[i] ?? 0) * (moved[j] ?? 0) -
        ((turned[i] ?? 0) * (moved[j] ?? 0) + (moved[i] ?? 0) * (turned[j] ?? 0)) / along,
    ),
  )
}
