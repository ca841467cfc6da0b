import {
  AssignTag,
  CaseTag,
  EchoTag,
  ForTag,
  IfTag,
  Output,
  TablerowTag,
  type Template,
  TokenKind,
  UnlessTag,
  Value,
} from 'liquidjs'
import type { Content } from './content.ts'
import type { ChannelKind } from './kinds.ts'
import { htmlEngine, parse, plainEngine } from './liquid.ts'
import { type Source, type SourceField, sources } from './sources.ts'
import { type AnyToken, childrenOf, plainPath } from './template-walk.ts'

/** A path that a letter reads from the scope. */
export interface LetterVariable {
  /** `customer.firstName` */
  path: string
  steps: (string | number)[]
  /** A customer without it still gets the letter: every reading has a `default` or stands behind a test of it. */
  guarded: boolean
  /** It is printed somewhere, not only tested. */
  printed: boolean
  /** Where it is read first. */
  field: SourceField
  line: number
  column: number
}

/** The paths a content reads, each once; a field that does not parse adds none. */
export const letterVariables = (channel: ChannelKind, content: Content): LetterVariable[] =>
  variablesOf(sources(channel, content))

/** The paths that some fields read, in the order they are rendered. */
export function variablesOf(fields: readonly Source[]): LetterVariable[] {
  const found = new Map<string, LetterVariable>()
  const aliases: Aliases = new Map()
  for (const { field, path, source } of fields) {
    const parsed = parse(field === 'html' || field === 'mjml' ? htmlEngine : plainEngine, source, path)
    if ('fault' in parsed) continue
    new Reader(field, found, aliases).visit(parsed.nodes, new Set())
  }
  return [...found.values()]
}

/** A name the letter made itself, and the path it stands for where it stands for one. */
type Aliases = Map<string, { steps: (string | number)[]; token: AnyToken } | undefined>

class Reader {
  readonly #field: SourceField
  readonly #found: Map<string, LetterVariable>
  readonly #aliases: Aliases
  readonly #block: string[] = []

  constructor(field: SourceField, found: Map<string, LetterVariable>, aliases: Aliases) {
    this.#field = field
    this.#found = found
    this.#aliases = aliases
  }

  visit(nodes: readonly Template[], proven: ReadonlySet<string>): void {
    for (const node of nodes) this.#visitOne(node, proven)
  }

  #visitOne(node: Template, proven: ReadonlySet<string>): void {
    if (node instanceof IfTag || node instanceof UnlessTag) {
      for (const [i, { value, templates }] of node.branches.entries()) {
        this.#value(value, proven, { lenient: true, printed: false })
        const negated = node instanceof UnlessTag && i === 0
        this.visit(templates, negated ? proven : union(proven, provenBy(value)))
      }
      const sure =
        node instanceof UnlessTag && node.branches.length === 1 ? union(proven, provenBy(node.branches[0]!.value)) : proven
      this.visit(node.elseTemplates ?? [], sure)
    } else if (node instanceof CaseTag) {
      this.#value(node.value, proven, { lenient: true, printed: false })
      const subject = onlyPath(node.value)
      for (const { values, templates } of node.branches) {
        for (const value of values) this.#token(value as unknown as AnyToken, proven, { lenient: true, printed: false })
        const literal = values.every(value => value.kind === TokenKind.Quoted || value.kind === TokenKind.Number)
        this.visit(templates, subject && literal ? union(proven, new Set([subject.join('.')])) : proven)
      }
      this.visit(node.elseTemplates, proven)
    } else if (node instanceof ForTag || node instanceof TablerowTag) {
      for (const argument of node.arguments())
        this.#token(argument as unknown as AnyToken, proven, { lenient: false, printed: false })
      this.#block.push(...node.blockScope())
      this.visit(node.templates, proven)
      for (const _ of node.blockScope()) this.#block.pop()
      if (node instanceof ForTag) this.visit(node.elseTemplates, proven)
    } else if (node instanceof AssignTag) {
      const [value] = [...node.arguments()] as [Value]
      this.#value(value, proven, { lenient: true, printed: false })
      const steps = onlyPath(value)
      for (const { content } of node.localScope()) {
        const token = value.initial.postfix[0] as unknown as AnyToken
        this.#aliases.set(content, steps && !this.#isLocal(steps[0]!) ? { steps, token } : undefined)
      }
    } else {
      const printed = node instanceof Output || node instanceof EchoTag
      for (const argument of node.arguments?.() ?? []) {
        if (argument instanceof Value) this.#value(argument, proven, { lenient: false, printed })
        else this.#token(argument as unknown as AnyToken, proven, { lenient: false, printed })
      }
      this.visit(childrenOf(node), proven)
      for (const { content } of node.localScope?.() ?? []) this.#aliases.set(content, undefined)
    }
  }

  #value(value: Value, proven: ReadonlySet<string>, how: { lenient: boolean; printed: boolean }): void {
    const lenient = how.lenient || value.filters[0]?.name === 'default'
    for (const token of value.initial.postfix) this.#token(token as unknown as AnyToken, proven, { ...how, lenient })
    for (const filter of value.filters)
      for (const argument of filter.args) {
        const token = (Array.isArray(argument) ? argument[1] : argument) as unknown as AnyToken | undefined
        if (token) this.#token(token, proven, { lenient: false, printed: how.printed })
      }
  }

  #token(token: AnyToken, proven: ReadonlySet<string>, how: { lenient: boolean; printed: boolean }): void {
    if (token.kind === TokenKind.Range) {
      for (const end of [token.lhs, token.rhs]) if (end) this.#token(end, proven, { ...how, lenient: false })
      return
    }
    if (token.kind === TokenKind.FilteredValue) {
      const { initial, filters } = token as unknown as { initial: { postfix: AnyToken[] }; filters: { name: string }[] }
      for (const inner of initial.postfix)
        this.#token(inner, proven, { ...how, lenient: how.lenient || filters[0]?.name === 'default' })
      return
    }
    if (token.kind !== TokenKind.PropertyAccess) return
    const steps: (string | number)[] = []
    let open = true
    for (const prop of token.props ?? []) {
      if (prop.kind === TokenKind.PropertyAccess) {
        this.#token(prop, proven, { lenient: false, printed: how.printed })
        open = false
      } else if (open) steps.push(prop.content as string | number)
    }
    this.#read(steps, token, proven, how)
  }

  #read(
    steps: (string | number)[],
    token: AnyToken,
    proven: ReadonlySet<string>,
    how: { lenient: boolean; printed: boolean },
  ): void {
    const root = steps[0]
    if (typeof root !== 'string') return
    if (this.#isLocal(root)) {
      const alias = this.#block.includes(root) ? undefined : this.#aliases.get(root)
      if (alias)
        this.#note([...alias.steps, ...steps.slice(1)], alias.token, how.lenient || isProven(steps, proven), how.printed, proven)
      return
    }
    this.#note(steps, token, how.lenient, how.printed, proven)
  }

  #note(steps: (string | number)[], token: AnyToken, lenient: boolean, printed: boolean, proven: ReadonlySet<string>): void {
    const path = steps.join('.')
    const guarded = lenient || isProven(steps, proven)
    const before = this.#found.get(path)
    if (before) {
      before.guarded &&= guarded
      before.printed ||= printed
      return
    }
    const [line = 1, column = 1] = token.getPosition()
    this.#found.set(path, { path, steps, guarded, printed, field: this.#field, line, column })
  }

  #isLocal(root: string | number): boolean {
    return typeof root === 'string' && (this.#aliases.has(root) || this.#block.includes(root))
  }
}

const union = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> => (b.size === 0 ? a : new Set([...a, ...b]))
const onlyPath = (value: Value) =>
  value.initial.postfix.length === 1 && value.filters.length === 0
    ? plainPath(value.initial.postfix[0] as unknown as AnyToken)
    : undefined

/** Something below it was found, so it was there. */
function isProven(steps: readonly (string | number)[], proven: ReadonlySet<string>): boolean {
  const path = steps.join('.')
  if (proven.has(path)) return true
  for (const known of proven) if (known.startsWith(`${path}.`)) return true
  return false
}

/** The paths that must hold a value when this condition is true. */
export function provenBy(value: Value): ReadonlySet<string> {
  if (value.filters.length > 0) return new Set()
  const stack: { token?: AnyToken; proof: ReadonlySet<string> }[] = []
  for (const raw of value.initial.postfix) {
    const token = raw as unknown as AnyToken
    if (token.kind !== TokenKind.Operator) {
      const path = plainPath(token)
      stack.push({ token, proof: new Set(path ? [path.join('.')] : []) })
      continue
    }
    const right = stack.pop()
    if (token.operator === 'not') {
      stack.push({ proof: new Set() })
      continue
    }
    const left = stack.pop()
    if (!left || !right) return new Set()
    if (token.operator === 'and') stack.push({ proof: union(left.proof, right.proof) })
    else if (token.operator === 'or') stack.push({ proof: new Set([...left.proof].filter(path => right.proof.has(path))) })
    else stack.push({ proof: compared(token.operator ?? '', left, right) })
  }
  return stack.pop()?.proof ?? new Set()
}

/** A missing value equals no word and no number, and is neither blank nor nil once it differs from them. */
function compared(
  operator: string,
  left: { token?: AnyToken; proof: ReadonlySet<string> },
  right: { token?: AnyToken },
): ReadonlySet<string> {
  const literal = right.token
  if (!literal) return new Set()
  const word = literal.kind === TokenKind.Quoted || literal.kind === TokenKind.Number || literal.literal === 'true'
  if (operator === '!=')
    return literal.literal === 'blank' || literal.literal === 'nil' || literal.literal === 'null' ? left.proof : new Set()
  if (operator === 'contains') return left.proof
  if (operator === '==') return word ? left.proof : new Set()
  // Comparing with nothing is a comparison with zero: `nil < 5` holds.
  return operator === '>' && literal.kind === TokenKind.Number && Number(literal.content) >= 0 ? left.proof : new Set()
}
