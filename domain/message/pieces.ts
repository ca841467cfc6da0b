import type { Template } from 'liquidjs'
import type { Piece } from './letter.ts'
import { constantOf, isSilent, type PlainOutput, plainOutput } from './template-walk.ts'

/** What a field is made of at its top level: constant words, plain outputs, and stretches that only Liquid can render. */
export type Part = string | PlainOutput | { nodes: Template[] }

/**
 * Divides a parsed field. Neighbouring dynamic nodes become one stretch. Nodes that print nothing wait for the next
 * stretch (constant words between them cannot tell the difference); what is left over comes back as `pending`.
 */
export function divide(
  nodes: readonly Template[],
  options: { escaping: boolean; locals: ReadonlySet<string>; pending: Template[] },
) {
  const parts: Part[] = []
  let pending = [...options.pending]
  for (const node of nodes) {
    const words = constantOf(node)
    if (words !== undefined) {
      const last = parts.at(-1)
      if (typeof last === 'string') parts[parts.length - 1] = last + words
      else if (words !== '') parts.push(words)
      continue
    }
    if (isSilent(node)) {
      pending.push(node)
      continue
    }
    const plain = plainOutput(node, options.escaping)
    if (plain && !options.locals.has(plain.path[0] as string)) {
      parts.push(plain)
      continue
    }
    const last = parts.at(-1)
    if (typeof last === 'object' && 'nodes' in last) last.nodes.push(...pending, node)
    else parts.push({ nodes: [...pending, node] })
    pending = []
  }
  return { parts, pending }
}

/** Appends, joining constant neighbours. */
export function append(pieces: Piece[], ...more: readonly Piece[]): Piece[] {
  for (const piece of more) {
    const last = pieces.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') pieces[pieces.length - 1] = last + piece
    else if (piece !== '') pieces.push(piece)
  }
  return pieces
}
