import {
  AssignTag,
  BreakTag,
  CaptureTag,
  ContinueTag,
  ForTag,
  Output,
  RawTag,
  TablerowTag,
  type Template,
  TokenKind,
  type Value,
} from 'liquidjs'

/** The shape of liquidjs' tokens, whose classes it does not export. */
export interface AnyToken {
  kind: number
  content?: unknown
  literal?: string
  operator?: string
  props?: AnyToken[]
  variable?: AnyToken
  lhs?: AnyToken
  rhs?: AnyToken
  getPosition(): number[]
}

/** The nodes inside a node, of all its branches. */
export function childrenOf(node: Template): Template[] {
  if (!node.children) return []
  const step = node.children(false, true).next()
  return step.done ? step.value : []
}

/** Every node below these, and these. */
export function* descend(nodes: readonly Template[]): Generator<Template> {
  for (const node of nodes) {
    yield node
    yield* descend(childrenOf(node))
  }
}

/** The constant words of a node, or undefined when it is not constant. */
export function constantOf(node: Template): string | undefined {
  if (node.token.kind === TokenKind.HTML) return (node as unknown as { str: string }).str
  if (node instanceof RawTag) return node.render()
  const name = (node as { name?: string }).name
  return name === 'comment' || name === '#' ? '' : undefined
}

/** Whether a node prints nothing: it only prepares what a later one reads. */
export const isSilent = (node: Template): boolean => node instanceof AssignTag || node instanceof CaptureTag

/** Names that these nodes make for later ones: what the scope holds under them may be hidden. */
export function localNames(nodes: readonly Template[]): Set<string> {
  const names = new Set<string>()
  for (const node of descend(nodes)) for (const identifier of node.localScope?.() ?? []) names.add(identifier.content)
  return names
}

/** Whether a node can print tags of its own, so that the text around it cannot be converted without it. */
export function printsMarkup(nodes: readonly Template[]): boolean {
  for (const node of descend(nodes)) {
    if (node instanceof TablerowTag) return true
    const words = constantOf(node)
    if (words !== undefined && /[<>]/.test(words)) return true
    const value = (node as { value?: Value }).value
    if (value?.filters?.some(filter => filter.raw)) return true
  }
  return false
}

/** The first `break` or `continue` that no loop would catch: it would end the letter in the middle. */
export function strayBreak(nodes: readonly Template[]): Template | undefined {
  for (const node of nodes) {
    if (node instanceof BreakTag || node instanceof ContinueTag) return node
    const inside = node instanceof ForTag ? strayBreak(node.elseTemplates) : strayBreak(childrenOf(node))
    if (inside) return inside
  }
  return undefined
}

/** The steps of a plain path such as `customer.address.city`; undefined when a step is itself looked up. */
export function plainPath(token: AnyToken): (string | number)[] | undefined {
  if (token.kind !== TokenKind.PropertyAccess || token.variable) return undefined
  const path: (string | number)[] = []
  for (const prop of token.props ?? []) {
    if (prop.kind !== TokenKind.Word && prop.kind !== TokenKind.Quoted && prop.kind !== TokenKind.Number) return undefined
    path.push(prop.content as string | number)
  }
  return path
}

/** A node that only prints a path, perhaps with a literal to fall back on. */
export interface PlainOutput {
  path: (string | number)[]
  fallback: string | undefined
  raw: boolean
}

// These three are computed by Liquid where a value has no such key of its own.
const computed = new Set<string | number>(['size', 'first', 'last'])

/** Recognises `{{ a.b }}`, `{{ a.b | default: "x" }}` and either with `| raw`; `escaping` when the engine adds its own filter. */
export function plainOutput(node: Template, escaping: boolean): PlainOutput | undefined {
  if (!(node instanceof Output)) return undefined
  const { initial, filters } = node.value
  if (initial.postfix.length !== 1) return undefined
  const path = plainPath(initial.postfix[0] as unknown as AnyToken)
  if (!path || typeof path[0] !== 'string' || path.some(step => computed.has(step))) return undefined
  const own = filters.slice()
  const raw = own.at(-1)?.raw === true
  if (raw) {
    if (own.at(-1)!.name !== 'raw') return undefined
    own.pop()
  } else if (escaping) own.pop()
  if (own.length === 0) return { path, fallback: undefined, raw }
  const [only] = own
  if (own.length > 1 || only!.name !== 'default' || only!.args.length !== 1) return undefined
  const argument = only!.args[0] as unknown as AnyToken
  if (argument.kind !== TokenKind.Quoted && argument.kind !== TokenKind.Number) return undefined
  return { path, fallback: String(argument.content), raw }
}
