import type { Simulated } from './simulate.ts'

/** One of several parts that a simulation's customers are divided into. */
export interface Part {
  lane: number
  lanes: number
}

/** What the parts of a simulation come to together: every count is the sum of theirs. */
export function together(parts: readonly Simulated[]): Simulated {
  const [first] = parts
  if (!first) throw new Error('nothing was simulated')
  const last = parts.reduce((late, part) =>
    late.ended === 'rolled' || (part.ended !== 'rolled' && part.endedAt <= late.endedAt) ? late : part,
  )
  const all = <T>(of: (part: Simulated) => readonly T[]): T[] => parts.flatMap(part => [...of(part)])
  const sum = (of: (part: Simulated) => number): number => parts.reduce((total, part) => total + of(part), 0)
  return {
    run: last.run,
    program: first.program,
    customers: sum(part => part.customers),
    of: first.of,
    ended: last.ended,
    endedAt: last.endedAt,
    enrollments: summed(
      all(part => part.enrollments),
      ['n'],
    ),
    messages: summed(
      all(part => part.messages),
      ['n'],
    ),
    passed: summed(
      all(part => part.passed),
      ['passed'],
    ),
    entries: summed(
      all(part => part.entries),
      ['entered'],
    ).sort((a, b) => (a.day < b.day ? -1 : 1)),
    channels: summed(
      all(part => part.channels),
      ['sent', 'skipped', 'capped', 'segments', 'cost'],
    ),
    deferred: { messages: sum(part => part.deferred.messages), still: sum(part => part.deferred.still) },
    goals: summed(
      all(part => part.goals),
      ['customers'],
    ).sort((a, b) => b.customers - a.customers),
    stretchMs: first.stretchMs,
    rivals: first.rivals && {
      taken: sum(part => part.rivals?.taken ?? 0),
      displaced: sum(part => part.rivals?.displaced ?? 0),
    },
  }
}

/** Rows that differ in nothing but these numbers become one with their sums. */
function summed<T extends object>(rows: readonly T[], numbers: readonly (keyof T)[]): T[] {
  const found = new Map<string, T>()
  for (const row of rows) {
    const key = JSON.stringify(Object.entries(row).filter(([name]) => !numbers.includes(name as keyof T)))
    const known = found.get(key)
    if (!known) found.set(key, { ...row })
    else for (const name of numbers) known[name] = (Number(known[name]) + Number(row[name])) as T[keyof T]
  }
  return [...found.values()]
}
