import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

export interface OracleCase<Inputs, Expected = Record<string, unknown>> {
  name: string
  inputs: Inputs
  expected: Expected
  tolerance: Tolerance
}

type Tolerance = number | Record<string, number> | { abs: number; rel: number; pRel?: number }

/** The cases of a file of test/oracles, as pairs of name and case for `test.each`. */
export function oracle<Inputs, Expected = Record<string, unknown>>(file: string): [string, OracleCase<Inputs, Expected>][] {
  const cases = JSON.parse(readFileSync(new URL(`../oracles/${file}.json`, import.meta.url), 'utf8')) as OracleCase<
    Inputs,
    Expected
  >[]
  return cases.map(each => [each.name, each])
}

/** The cases whose inputs hold this key with this value. */
export const only = <I, E>(
  cases: [string, OracleCase<I, E>][],
  key: string,
  ...values: unknown[]
): [string, OracleCase<I, E>][] => cases.filter(([, { inputs }]) => values.includes((inputs as Record<string, unknown>)[key]))

/** Compares everything in `expected` with the same place in `got`: numbers by the case's tolerance, the rest exactly. */
export function agree(got: unknown, { expected, tolerance }: { expected: unknown; tolerance: Tolerance }): void {
  for (const [key, want] of Object.entries(expected as Record<string, unknown>)) {
    compare((got as Record<string, unknown>)[key], want, key, key, tolerance)
  }
}

function compare(got: unknown, want: unknown, key: string, top: string, tolerance: Tolerance): void {
  if (typeof want === 'number') {
    expect(typeof got, `${key} is a number`).toBe('number')
    const off = Math.abs((got as number) - want)
    expect(off, `${key}: got ${got}, expected ${want}`).toBeLessThanOrEqual(allowed(want, key, top, tolerance))
  } else if (Array.isArray(want)) {
    expect(got, key).toHaveLength(want.length)
    want.forEach((each, i) => {
      compare((got as unknown[])[i], each, `${key}[${i}]`, top, tolerance)
    })
  } else if (typeof want === 'object' && want !== null) {
    for (const [inner, each] of Object.entries(want))
      compare((got as Record<string, unknown>)[inner], each, inner, top, tolerance)
  } else {
    expect(got, key).toBe(want)
  }
}

/** `pZ`, `pFisher`, `p`: probabilities, held to their own digits; `p1`, `p2` and the like are rates. */
const isProbability = (key: string) => /^p([A-Z]|$)/.test(key) || key === 'p'

function allowed(want: number, key: string, top: string, tolerance: Tolerance): number {
  if (typeof tolerance === 'number') return tolerance * Math.max(1, Math.abs(want))
  if (!('abs' in tolerance)) return (tolerance[top as keyof typeof tolerance] ?? 1e-9) * Math.max(1, Math.abs(want))
  const { abs, rel, pRel } = tolerance as { abs: number; rel: number; pRel?: number }
  if (pRel === undefined || !isProbability(key)) return abs + rel * Math.abs(want)
  if ('note' in tolerance && Math.abs(want) < 1e-12) return abs
  return want === 0 ? 1e-300 : pRel * Math.abs(want)
}
