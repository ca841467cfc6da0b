import { type Defined, defined, type Undefined, undefinedFor } from './result.ts'

/** An answer as it came in; null and values outside the scale are counted as invalid, never as a score. */
export type Answer = number | null

type Survey<Rest> = (Defined & Rest) | (Undefined & Rest)
type Nps = (Defined & NpsRest<number>) | (Undefined & NpsRest<null>)

interface NpsRest<Se extends number | null> {
  n: number
  invalid: number
  promoters: number
  passives: number
  detractors: number
  /** Standard error of the score, in points. */
  se: Se
}

/** Net promoter score, −100 to 100: percent of 9–10 less percent of 0–6, over whole answers from 0 to 10 (Reichheld 2003). */
export function nps(answers: readonly Answer[]): Nps {
  const valid = answers.filter((a): a is number => a !== null && Number.isInteger(a) && a >= 0 && a <= 10)
  return npsOf({
    promoters: valid.filter(a => a >= 9).length,
    detractors: valid.filter(a => a <= 6).length,
    n: valid.length,
    invalid: answers.length - valid.length,
  })
}

/** The same from counts. */
export function npsOf(counts: { promoters: number; detractors: number; n: number; invalid: number }): Nps {
  const { promoters, detractors, n } = counts
  const rest = { ...counts, passives: n - promoters - detractors }
  if (n === 0) return { ...undefinedFor('no_answers'), ...rest, se: null }
  const [p, d] = [promoters / n, detractors / n]
  // (p + d) n² in whole numbers: a unanimous answer has exactly no spread.
  const spread = (n * (promoters + detractors) - (promoters - detractors) ** 2) / n ** 2
  return { ...defined((p - d) * 100), ...rest, se: 100 * Math.sqrt(Math.max(0, spread) / n) }
}

/** Customer satisfaction in percent: answers from `satisfiedFrom` up, over those within [min, max]. */
export function csat(
  answers: readonly Answer[],
  scale = { min: 1, max: 5, satisfiedFrom: 4 },
): Survey<{ n: number; invalid: number; satisfied: number }> {
  const valid = answers.filter((a): a is number => a !== null && a >= scale.min && a <= scale.max)
  const satisfied = valid.filter(a => a >= scale.satisfiedFrom).length
  return csatOf({ n: valid.length, invalid: answers.length - valid.length, satisfied })
}

/** The same from counts. */
export function csatOf(counts: { n: number; invalid: number; satisfied: number }): ReturnType<typeof csat> {
  const { n, satisfied } = counts
  return n === 0 ? { ...undefinedFor('no_answers'), ...counts } : { ...defined((satisfied / n) * 100), ...counts }
}
