import type { Fault } from '../errors.ts'
import { pointer } from '../errors.ts'
import { limits, sizeFault } from './limits.ts'
import { predicates } from './predicates/index.ts'

const joiners = ['all', 'any', 'not', 'segment'] as const
export const ruleKinds: readonly string[] = [...joiners, ...predicates.map(kind => kind.key)]

const maxFaults = 20

/**
 * What keeps a document from being a rule: at most twenty faults, each with its JSON pointer, the wrong kinds with a list of
 * the right ones. Cheap on hostile input: size first, then one look at each term.
 */
export function ruleFaults(document: unknown): Fault[] {
  const tooMuch = sizeFault(document)
  if (tooMuch) return [tooMuch]
  const faults: Fault[] = []
  const todo: { value: unknown; path: string; depth: number }[] = [{ value: document, path: '', depth: 1 }]
  let terms = 0
  for (let next = todo.pop(); next && faults.length < maxFaults; next = todo.pop()) {
    const { value, path, depth } = next
    if (depth > limits.depth) return [{ path, code: 'tooDeep', message: `rules nest at most ${limits.depth} deep` }]
    terms += termsOf(value)
    if (terms > limits.terms)
      return [
        {
          path: '',
          code: 'tooLarge',
          message: `a rule has at most ${limits.terms} terms`,
          hint: 'Put parts of it into segments of their own.',
        },
      ]
    const { faults: own, children } = nodeFaults(value)
    faults.push(...own.map(fault => ({ ...fault, path: path + fault.path })))
    // Last in, first out: reversed, so that faults come in reading order.
    for (const [step, child] of children.toReversed()) todo.push({ value: child, path: path + step, depth: depth + 1 })
  }
  return faults.slice(0, maxFaults)
}

/** A rule and each of its filters count as one term. */
const termsOf = (value: unknown): number => 1 + (isRecord(value) && Array.isArray(value.where) ? value.where.length : 0)

interface Node {
  faults: Fault[]
  children: readonly (readonly [step: string, child: unknown])[]
}

function nodeFaults(value: unknown): Node {
  if (!isRecord(value)) return fault('', 'notARule', `a rule is an object with one of the keys ${ruleKinds.join(', ')}`)
  const kinds = ruleKinds.filter(kind => Object.hasOwn(value, kind))
  const [kind] = kinds
  if (kind === undefined) return unknownKind(Object.keys(value))
  if (kinds.length > 1)
    return fault('', 'ambiguous', `a rule asks one thing, this one asks ${kinds.join(' and ')}`, 'Join them: {"all": […]}.')
  const predicate = predicates.find(({ key }) => key === kind)
  if (predicate) return predicateFaults(predicate.schema, value)
  const extra = Object.keys(value).filter(key => key !== kind)
  if (extra.length > 0)
    return fault(pointer([extra[0]!]), 'unknownKey', `"${kind}" stands alone: there is no "${extra[0]}" beside it`)
  const body = value[kind]
  if (kind === 'segment')
    return typeof body === 'string' && body !== '' && body.length <= 100
      ? fine
      : fault('/segment', 'invalid', 'the key of a segment')
  if (kind === 'not') return { faults: [], children: [['/not', body]] }
  if (!Array.isArray(body)) return fault(`/${kind}`, 'invalid', `"${kind}" takes a list of rules`)
  return { faults: [], children: body.map((child, i) => [`/${kind}/${i}`, child] as const) }
}

const fine: Node = { faults: [], children: [] }
const fault = (path: string, code: string, message: string, hint?: string): Node => ({
  faults: [{ path, code, message, ...(hint ? { hint } : {}) }],
  children: [],
})

function unknownKind(keys: readonly string[]): Node {
  const what =
    keys.length === 0 ? 'an empty rule asks nothing' : `there is no rule "${keys.slice(0, 3).join('", "').slice(0, 200)}"`
  return fault(keys.length === 1 ? pointer(keys) : '', 'unknownKind', `${what}; known are ${ruleKinds.join(', ')}`)
}

function predicateFaults(schema: (typeof predicates)[number]['schema'], value: unknown): Node {
  const read = schema.safeParse(value)
  if (read.success) return fine
  return {
    faults: read.error.issues.flatMap((issue): Fault[] => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map(key => ({
          path: pointer([...issue.path, key]),
          code: 'unknownKey',
          message: `"${key}" is not known here`,
        }))
      return [{ path: pointer(issue.path), code: 'invalid', message: issue.message }]
    }),
    children: [],
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
