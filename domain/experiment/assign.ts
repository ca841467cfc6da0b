import { createHash } from 'node:crypto'

/** The arm that gets nothing; a key no variant may take. */
export const holdoutKey = 'holdout'

/** The salt of the global holdout: whoever hashes below its share is in it, whatever campaigns do. */
export const globalSalt = 'global'

export interface Variant {
  key: string
  weight: number
}

/**
 * A number in [0, 1) from an experiment's salt and a customer's id: the first 32 bits of sha256(salt ':' id), over 2³².
 * The id is taken as it is, untrimmed and without Unicode normalisation, so that anybody can recompute it.
 */
export function hashUnit(salt: string, customerId: string): number {
  return createHash('sha256').update(`${salt}:${customerId}`, 'utf8').digest().readUInt32BE(0) / 2 ** 32
}

/** Whether a text may be a salt: with ':' in it, two experiments could share their assignment. */
export const isSalt = (text: string): boolean => text.length > 0 && !text.includes(':')

/**
 * The upper bound of u for each arm, ascending: a customer belongs to the first arm with u < `below`, so that SQL assigns
 * as this code does. Variants share what the holdout leaves by weight; the last one takes the rest.
 */
export function thresholds(holdout: number, variants: readonly Variant[]): { key: string; below: number }[] {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0)
  let cumulative = 0
  const bounds = variants.map(({ key, weight }, i) => {
    cumulative += weight
    return { key, below: i === variants.length - 1 ? 1 : holdout + (1 - holdout) * (cumulative / total) }
  })
  return [{ key: holdoutKey, below: holdout }, ...bounds]
}

/** The arm of a customer: a variant's key, or `holdout`. Without variants everybody is held out. */
export function assignVariant(input: {
  salt: string
  customerId: string
  holdout: number
  variants: readonly Variant[]
}): string {
  const u = hashUnit(input.salt, input.customerId)
  return thresholds(input.holdout, input.variants).find(({ below }) => u < below)?.key ?? holdoutKey
}

/** The share of customers each arm should get, in the order of `thresholds`: the weights of a sample ratio check. */
export function expectedShares(holdout: number, variants: readonly Variant[]): { key: string; share: number }[] {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0)
  return [
    { key: holdoutKey, share: holdout },
    ...variants.map(({ key, weight }) => ({ key, share: (1 - holdout) * (weight / total) })),
  ]
}
