import type { Campaign, Step } from '../../api/contract.ts'
import { listsOf } from './document.ts'

/** Where something stands in a document: keys and indexes from the top. */
export type Path = readonly (string | number)[]

export const pointerOf = (path: Path): string =>
  path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

type Node = Record<string | number, unknown>

export const getAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((node, part) => (node === undefined || node === null ? undefined : (node as Node)[part]), value)

/** The same value with one place changed; `undefined` takes it away. Nothing else is copied. */
export function setAt<Value>(value: Value, path: Path, next: unknown): Value {
  const [part, ...rest] = path
  if (part === undefined) return next as Value
  const node = (value ?? {}) as unknown as Node
  const changed = rest.length === 0 ? next : setAt(node[part], rest, next)
  if (Array.isArray(node)) {
    const copy = [...node]
    copy[Number(part)] = changed
    return copy as Value
  }
  const copy: Node = { ...node, [part]: changed }
  if (changed === undefined) delete copy[part]
  return copy as Value
}

const listAt = (document: Campaign, list: Path): readonly Step[] => (getAt(document, list) as Step[] | undefined) ?? []

export const insertStep = (document: Campaign, list: Path, index: number, step: Step): Campaign =>
  setAt(document, list, listAt(document, list).toSpliced(index, 0, step))

export const removeStep = (document: Campaign, step: Path): Campaign => {
  const list = step.slice(0, -1)
  return setAt(document, list, listAt(document, list).toSpliced(Number(step.at(-1)), 1))
}

/** A copy below the step, its ids left out: ids are unique. */
export const duplicateStep = (document: Campaign, step: Path): Campaign => {
  const copy = JSON.parse(JSON.stringify(getAt(document, step)), (key, value) => (key === 'id' ? undefined : value)) as Step
  return insertStep(document, step.slice(0, -1), Number(step.at(-1)) + 1, copy)
}

const startsWith = (path: Path, beginning: Path) => beginning.every((part, i) => path[i] === part)

/** Moves a step to a place in a list, as counted before the move; undefined when it would land within itself. */
export function moveStep(
  document: Campaign,
  from: Path,
  list: Path,
  index: number,
): { document: Campaign; path: Path } | undefined {
  if (startsWith(list, from)) return undefined
  const step = getAt(document, from) as Step
  const source = from.slice(0, -1)
  const at = Number(from.at(-1))
  const same = source.length === list.length && startsWith(list, source)
  const target = same && at < index ? index - 1 : index
  // Taking it away first shifts what stands after it in its own list.
  let place = list
  if (!same && startsWith(list, source) && Number(list[source.length]) > at)
    place = list.map((part, i) => (i === source.length ? Number(part) - 1 : part))
  return { document: insertStep(removeStep(document, from), place, target, step), path: [...place, target] }
}

/** The step whose column a list is, its columns, and which of them; undefined for a journey itself. */
function parentOf(document: Campaign, list: Path): { step: Path; ways: readonly Path[]; nth: number } | undefined {
  let at = list.slice(0, 3)
  let rest = list.slice(3)
  let parent: { step: Path; ways: readonly Path[]; nth: number } | undefined
  while (rest[0] !== undefined) {
    const step = [...at, rest[0]]
    const ways = listsOf(getAt(document, step) as Step).map(([way]) => way)
    const tail = rest.slice(1)
    const nth = ways.findIndex(way => startsWith(tail, way))
    if (nth < 0) return undefined
    parent = { step, ways, nth }
    at = [...step, ...ways[nth]!]
    rest = tail.slice(ways[nth]!.length)
  }
  return parent
}

/**
 * Where a step goes sideways: `in` to the first column of the step above it, else to the next column beside its own; `out` to the
 * column before its own, else to below the step whose column it stands in. Undefined where there is nothing to that side.
 */
export function aside(document: Campaign, path: Path, way: 'in' | 'out'): { list: Path; index: number } | undefined {
  const list = path.slice(0, -1)
  const index = Number(path.at(-1))
  const parent = parentOf(document, list)
  const endOf = (to: Path) => ({ list: to, index: listAt(document, to).length })
  const beside = parent?.ways[parent.nth + (way === 'in' ? 1 : -1)]
  if (way === 'in') {
    const above = index > 0 ? listsOf(listAt(document, list)[index - 1]!) : []
    if (above[0]) return endOf([...list, index - 1, ...above[0][0]])
    return parent && beside ? endOf([...parent.step, ...beside]) : undefined
  }
  if (!parent) return undefined
  if (beside) return endOf([...parent.step, ...beside])
  return { list: parent.step.slice(0, -1), index: Number(parent.step.at(-1)) + 1 }
}
