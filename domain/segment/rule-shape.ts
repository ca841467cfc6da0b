import { type Fault, fault, pointer } from '../errors.ts'
import { issueSays } from '../texts/field.ts'
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
    if (depth > limits.depth) return [fault(path, 'tooDeep', t => t.ruleFaults.tooDeep(limits.depth))]
    terms += termsOf(value)
    if (terms > limits.terms)
      return [
        fault(
          '',
          'tooLarge',
          t => t.ruleFaults.tooManyTerms(limits.terms),
          t => t.ruleFaults.ownSegments,
        ),
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
  if (!isRecord(value)) return faulty('', 'notARule', t => t.ruleFaults.notARule(ruleKinds))
  const kinds = ruleKinds.filter(kind => Object.hasOwn(value, kind))
  const [kind] = kinds
  if (kind === undefined) return unknownKind(Object.keys(value))
  if (kinds.length > 1)
    return faulty(
      '',
      'ambiguous',
      t => t.ruleFaults.ambiguous(kinds),
      t => t.ruleFaults.joinThem,
    )
  const predicate = predicates.find(({ key }) => key === kind)
  if (predicate) return predicateFaults(predicate.schema, value)
  const extra = Object.keys(value).filter(key => key !== kind)
  if (extra.length > 0) return faulty(pointer([extra[0]!]), 'unknownKey', t => t.ruleFaults.standsAlone(kind, extra[0]))
  const body = value[kind]
  if (kind === 'segment')
    return typeof body === 'string' && body !== '' && body.length <= 100
      ? fine
      : faulty('/segment', 'invalid', t => t.ruleFaults.segmentKey)
  if (kind === 'not') return { faults: [], children: [['/not', body]] }
  if (!Array.isArray(body)) return faulty(`/${kind}`, 'invalid', t => t.ruleFaults.takesList(kind))
  return { faults: [], children: body.map((child, i) => [`/${kind}/${i}`, child] as const) }
}

const fine: Node = { faults: [], children: [] }
const faulty = (...said: Parameters<typeof fault>): Node => ({ faults: [fault(...said)], children: [] })

function unknownKind(keys: readonly string[]): Node {
  return faulty(keys.length === 1 ? pointer(keys) : '', 'unknownKind', t => t.ruleFaults.unknownKind(keys, ruleKinds))
}

function predicateFaults(schema: (typeof predicates)[number]['schema'], value: unknown): Node {
  const read = schema.safeParse(value, { reportInput: true })
  if (read.success) return fine
  return {
    faults: read.error.issues.flatMap((issue): Fault[] => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map(key => fault(pointer([...issue.path, key]), 'unknownKey', t => t.ruleFaults.unknownKey(key)))
      return [fault(pointer(issue.path), 'invalid', issueSays(issue))]
    }),
    children: [],
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
