/** What is known about a batch whose sending got no clear answer, and about what else the provider was given around then. */
export interface Silence {
  /** Since the batch was given up, in milliseconds. */
  passedMs: number
  /** How long silence must last to say anything, in milliseconds. */
  neededMs: number
  /** Messages of this batch that the provider has reported about, or has accepted. */
  batchHeard: number
  /** Other messages that it accepted around the same time, and how many of those it has reported about since. */
  others: number
  othersHeard: number
  /** Of those reported about, the ones it accepted after this batch had been given up: reports reach us since then. */
  laterHeard: number
}

/** Reports flow when nearly all that was accepted has been reported about. */
const flowing = 0.95

/** Whether a provider's silence about a batch means that it never accepted it. Anything short of a plain yes is `unknown`. */
export function readSilence(silence: Silence): { kind: 'notAccepted' | 'unknown'; because: string } {
  const { passedMs, neededMs, batchHeard, others, othersHeard, laterHeard } = silence
  const unknown = (because: string) => ({ kind: 'unknown' as const, because })
  if (batchHeard > 0)
    return unknown('the provider has accepted others of this batch, so its report about this one may still come')
  if (passedMs < neededMs) return unknown('it is too soon for silence to mean anything')
  if (laterHeard === 0) return unknown('no report has come of what was accepted later, so nobody knows whether reports reach us')
  if (othersHeard < others * flowing)
    return unknown(`the provider has reported about ${othersHeard} of ${others} others of that time, so reports may be late`)
  return {
    kind: 'notAccepted',
    because: `the provider has reported about ${othersHeard} of ${others} others of that time and about none of this batch`,
  }
}
