/** A pace as time: where the last message sent at this pace would stand if they left one by one. */
export interface Pace {
  /** Milliseconds since the epoch; null: nothing has left yet. */
  pacedTo: number | null
  perMinute: number
}

const interval = (perMinute: number): number => 60_000 / perMinute

/** Messages leave in bundles of a second's worth, or one by one where the pace is slower than one a second. */
const bundle = (perMinute: number): number => Math.max(1_000, interval(perMinute))

/**
 * How many of `wanted` messages may leave at `at`: at the pace over any longer time, and in no minute more than a bundle above
 * it. `free` is when the next bundle is. (The generic cell rate algorithm, ITU-T I.371.)
 */
export function grant(
  { pacedTo, perMinute }: Pace,
  at: number,
  wanted: number,
): { granted: number; pacedTo: number; free: number } {
  const spacing = interval(perMinute)
  const from = Math.max(pacedTo ?? Number.NEGATIVE_INFINITY, at - bundle(perMinute))
  // A hair's breadth: three times a third of a second is a second.
  const granted = Math.min(wanted, Math.max(0, Math.floor((at - from) / spacing + 1e-6)))
  const to = from + granted * spacing
  return { granted, pacedTo: to, free: Math.ceil(to + bundle(perMinute)) }
}

/** The time a number of messages takes at a pace, in milliseconds: given back for those that did not leave after all. */
export const paceOf = (messages: number, perMinute: number): number => messages * interval(perMinute)
