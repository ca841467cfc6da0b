import { type Sentence, say } from './texts.ts'

/** What zod found in one field, as far as sentences are made of it. */
export interface FieldIssue {
  code: string
  message: string
  input?: unknown
  params?: { says?: unknown; hint?: unknown } | undefined
}

/**
 * What a schema says where zod's own words would not do: `z.string().regex(pattern, { error: field(t => t.fields.key) })`. The
 * sentence goes with the issue, so that every caller reads it in their language; its message is English.
 */
export const field =
  (sentence: Sentence) =>
  (issue: object): string => {
    const found = issue as { params?: object }
    found.params = { ...found.params, says: sentence }
    return say(sentence)
  }

/** What an issue says: our own sentence, or what there is to say about a field of the wrong type, length or form. */
export const issueSays = (issue: FieldIssue): Sentence => {
  const own = issue.params?.says
  return typeof own === 'function' ? (own as Sentence) : texts => texts.fields.standard(issue)
}

/** The hint that goes with it, if it has one. */
export const issueHint = (issue: FieldIssue): Sentence | undefined =>
  typeof issue.params?.hint === 'function' ? (issue.params.hint as Sentence) : undefined

/** An issue of ours, to hand to `passOn`. */
export const found = (sentence: Sentence): FieldIssue & { path: PropertyKey[] } => ({
  code: 'custom',
  message: say(sentence),
  path: [],
  params: { says: sentence },
})

interface Refinement {
  addIssue(issue: { code: 'custom'; message: string; path: PropertyKey[]; params: Record<string, unknown> }): void
}

/** Hands what a schema found in a part on to the whole, at `base`; read the part with `{ reportInput: true }`. */
export function passOn(
  context: Refinement,
  issues: readonly (FieldIssue & { path: readonly PropertyKey[] })[],
  base: readonly PropertyKey[] = [],
): void {
  for (const issue of issues)
    context.addIssue({
      code: 'custom',
      message: issue.message,
      path: [...base, ...issue.path],
      params: { ...issue.params, says: issueSays(issue) },
    })
}
