import { z } from 'zod'
import { field } from '../texts/field.ts'
import type { BgNbd } from './bgnbd.ts'
import type { GammaGamma } from './gamma-gamma.ts'
import type { Reason } from './result.ts'

const weight = z.number().min(0).max(1_000)

/** What can be set about scores. Everything has a default, so that `{}` is a full set. */
export const scoreSettingsSchema = z.strictObject({
  /** How much each part of the health counts; 0 leaves it out. */
  health: z
    .strictObject({
      engagement: weight.default(30),
      rhythm: weight.default(30),
      subscription: weight.default(20),
      nps: weight.default(10),
      csat: weight.default(10),
    })
    .prefault({})
    .refine(weights => Object.values(weights).some(each => each > 0), { error: field(t => t.fields.onePartCounts) }),
  /** Days ahead for which purchases are expected. */
  horizonDays: z.int().min(1).max(730).default(90),
  /** From which answer of 1–5 a customer is satisfied. */
  satisfiedFrom: z.int().min(1).max(5).default(4),
})
export type ScoreSettings = z.output<typeof scoreSettingsSchema>

/** The least value for each score from 1 to 5 that somebody has; a score nobody has is left out. Greater is better. */
export type Cuts = readonly { score: number; least: number }[]

/** What one refresh learned from everybody. */
export interface ScoreModel {
  /** The local day everything is as of, as a day number. */
  asOfDay: number
  zone: string
  /** Customers with an order. */
  buyers: number
  /** Median of all gaps between purchase days; null under 30 of them. */
  pooledGap: number | null
  rfm: { recency: Cuts; frequency: Cuts; monetary: Cuts }
  /** In weeks. */
  purchases: { params: BgNbd; logLik: number; n: number; of: number; reason: null } | { params: null; reason: Reason }
  spend: { params: GammaGamma; n: number; reason: null } | { params: null; reason: Reason }
  settings: ScoreSettings
}

/** The score of a value: the best whose least value it reaches. */
export function scoreByCuts(cuts: Cuts, value: number): number {
  let best = 1
  for (const { score, least } of cuts) if (value >= least && score > best) best = score
  return best
}

/** The median of a histogram of whole numbers, as of a sorted list; null when fewer than `atLeast` are counted. */
export function medianOf(counts: readonly { value: number; n: number }[], atLeast: number): number | null {
  const sorted = counts.toSorted((a, b) => a.value - b.value)
  const total = sorted.reduce((sum, row) => sum + row.n, 0)
  if (total < atLeast) return null
  const at = (position: number): number => {
    let seen = 0
    for (const { value, n } of sorted) {
      seen += n
      if (position < seen) return value
    }
    return 0
  }
  return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2
}
