import { type Texts, textsIn } from '../texts/texts.ts'
import type { GuardrailReading } from './guardrails.ts'
import { decisionIn, type Evidence } from './judge.ts'

/** A decision as it was kept: its sentence in English, and the facts that sentence was made from. */
export interface KeptDecision {
  state: string
  arm: string | null
  because: string
  evidence?: Evidence | null
  guardrail?: Pick<GuardrailReading, 'arm' | 'kind' | 'customers' | 'of' | 'limit'> | null
}

/** The sentence of a kept decision in a language, made again from its frozen facts; as it was kept where they no longer say the same. */
export function becauseIn({ state, arm, because, evidence, guardrail }: KeptDecision, texts: Texts): string {
  if (texts === textsIn.en) return because
  if (guardrail) {
    const { customers, of, kind, limit } = guardrail
    return texts.decision.stoppedArm(guardrail.arm, customers, of, kind, limit)
  }
  if (!evidence) return because
  const again = decisionIn(evidence, texts)
  return again.state === state && ('arm' in again ? again.arm : null) === arm ? again.because : because
}
