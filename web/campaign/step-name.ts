import { useMemo } from 'react'
import type { Campaign, Step } from '../../api/contract.ts'
import { useWords, type Words } from '../texts/index.ts'
import { stepId, stepsOf } from './document.ts'
import { stepText } from './sentences.ts'

/** A step as people call it: what it is, and its first words. */
export function stepName(words: Words, step: Step): string {
  const kind = step.kind === 'message' ? words.t(`step.message.${step.channel}`) : words.t(`step.${step.kind}`)
  const text = stepText(words, step).trim()
  const short = text.length > 48 ? `${text.slice(0, 47)}…` : text
  return short ? `${kind}: ${short}` : kind
}

/** Names of steps by the ids the server counts them under; an id that the document does not have stays as it is. */
export function useStepName(document: Campaign): (id: string) => string {
  const words = useWords()
  const names = useMemo(() => {
    const found = new Map<string, string>()
    for (const goal of document.goals)
      for (const { step, path } of stepsOf(goal.journey)) found.set(stepId(goal.key, step, path), stepName(words, step))
    return found
  }, [document, words])
  return id => names.get(id) ?? id
}
