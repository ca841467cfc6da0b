/** How deep lists and objects of what is sent may stand in each other: nobody means more, and every reader of JSON has an end. */
export const deepest = 100

/** Whether a value's lists and objects stand in each other more than `deepest` levels. Without recursion: what is sent has no limit of its own. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = []
    for (const each of level)
      if (typeof each === 'object' && each !== null)
        for (const inner of Object.values(each)) if (typeof inner === 'object' && inner !== null) next.push(inner)
    if (depth >= deepest && next.length > 0) return true
    level = next
  }
  return false
}
