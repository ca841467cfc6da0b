/** Answers that took less are computed anew each time: there is nothing to save. */
const worthKeepingMs = 200
/** How long an answer holds while nothing was stored since; its `asOf` says how old it is. */
const quietMs = 60_000
/** And how long while something was, for answers that took longer than people wait gladly. */
const busyMs = 10_000
const longMs = 1_000
const atMost = 200

interface Kept {
  answer: Promise<unknown>
  /** What was stored, and when, as it was begun. */
  state: string
  at: number
  /** Milliseconds; null until it is there. */
  took: number | null
}

/**
 * Answers about a million customers are kept for a while and carry the moment they are true as of; the same question asked twice
 * at once is answered once. `state` names what is stored now: while it is the same, only time (`at`, in milliseconds) has passed. `age` is in seconds.
 */
export function createResultsCache() {
  const kept = new Map<string, Kept>()
  return async <Answer>(
    key: string,
    { state, at, fresh }: { state: string; at: number; fresh: boolean },
    compute: () => Promise<Answer>,
  ): Promise<{ answer: Answer; age: number }> => {
    const begun = performance.now()
    const found = kept.get(key)
    if (found && !fresh) {
      const age = Math.abs(at - found.at)
      if (found.state === state ? age < quietMs : found.took !== null && found.took >= longMs && age < busyMs)
        return { answer: (await found.answer) as Answer, age: found.took === null ? 0 : Math.floor(age / 1_000) }
    }
    const entry: Kept = { answer: compute(), state, at, took: null }
    kept.delete(key)
    kept.set(key, entry)
    if (kept.size > atMost) kept.delete(kept.keys().next().value ?? key)
    const drop = () => {
      if (kept.get(key) === entry) kept.delete(key)
    }
    try {
      const answer = (await entry.answer) as Answer
      entry.took = performance.now() - begun
      if (entry.took < worthKeepingMs) drop()
      return { answer, age: 0 }
    } catch (error) {
      drop()
      throw error
    }
  }
}
