import { type Defined, defined, type Undefined, undefinedFor } from './result.ts'

/** One part of the health score; `score` is 0–100, or null where nothing is known of this customer. */
export interface HealthPart {
  name: string
  weight: number
  score: number | null
}

export type Health = ((Defined & { coverage: number }) | (Undefined & { coverage: number | null })) & {
  parts: readonly HealthPart[]
}

/**
 * Weighted mean of the parts that are known, each held within 0–100. `coverage` is the share of the weight that is known;
 * under one half there is no score. The parts travel with it, so that a score can be explained.
 */
export function health(parts: readonly HealthPart[]): Health {
  const total = parts.reduce((sum, part) => sum + part.weight, 0)
  if (
    !parts.every(part => part.weight >= 0 && (part.score === null || !Number.isNaN(part.score))) ||
    !(total > 0) ||
    total === Infinity
  )
    return { ...undefinedFor('invalid_input'), coverage: null, parts }
  let [known, sum] = [0, 0]
  for (const { weight, score } of parts) {
    if (score === null) continue
    known += weight
    sum += weight * Math.min(100, Math.max(0, score))
  }
  const coverage = known / total
  return coverage < 0.5
    ? { ...undefinedFor('insufficient_parts'), coverage, parts }
    : { ...defined(sum / known), coverage, parts }
}
