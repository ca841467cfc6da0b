import { type Fault, fault } from '../errors.ts'
import { maxList } from './comparison.ts'

/** How large a rule may be. A rule with its segments written out may have more, because nobody reads that as one. */
export const limits = { depth: 20, terms: 500, expandedDepth: 60, expandedTerms: 2_000, text: 2_000, values: 100_000 } as const

// A rule of `limits.depth` has at most this many levels of JSON: two for each level of rules, and what a predicate holds.
const jsonDepth = limits.depth * 2 + 8

/**
 * Faults that make a document not worth a closer look: found in one flat pass that stops at the first, so that a hostile rule
 * costs no more than reading it did.
 */
export function sizeFault(document: unknown): Fault | undefined {
  const stack: { value: unknown; path: string; depth: number }[] = [{ value: document, path: '', depth: 1 }]
  let values = 0
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { value, path, depth } = next
    if (depth > jsonDepth) return fault(path, 'tooDeep', t => t.ruleFaults.tooDeep(limits.depth))
    if (typeof value === 'string') {
      const bad = textFault(value, path)
      if (bad) return bad
    }
    if (typeof value !== 'object' || value === null) continue
    const entries = Object.entries(value)
    if (Array.isArray(value) && entries.length > maxList) return fault(path, 'tooLarge', t => t.ruleFaults.listTooLong(maxList))
    values += entries.length
    if (values > limits.values) return fault(path, 'tooLarge', t => t.ruleFaults.tooManyValues(limits.values))
    for (const [key, child] of entries) {
      const bad = textFault(key, path)
      if (bad) return bad
      stack.push({ value: child, path: `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth: depth + 1 })
    }
  }
  return undefined
}

// PostgreSQL stores neither; a lone surrogate is half a character.
const unstorable = /\0|\p{Surrogate}/u

function textFault(text: string, path: string): Fault | undefined {
  if (text.length > limits.text) return fault(path, 'tooLarge', t => t.ruleFaults.textTooLong(limits.text))
  if (unstorable.test(text)) return fault(path, 'badText', t => t.ruleFaults.badText)
  return undefined
}
