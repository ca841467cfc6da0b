import { useCallback, useEffect, useRef, useState } from 'react'

/** State that outlives a reload of the page, in this browser. */
export function useKept<Value>(key: string, initial: Value): [Value, (value: Value) => void] {
  const [value, set] = useState<Value>(() => read(key) ?? initial)
  const keep = useCallback(
    (next: Value) => {
      set(next)
      write(key, next)
    },
    [key],
  )
  return [value, keep]
}

export function read<Value>(key: string): Value | undefined {
  try {
    const text = localStorage.getItem(`perennial.${key}`)
    return text === null ? undefined : (JSON.parse(text) as Value)
  } catch {
    return undefined
  }
}

export function write(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(`perennial.${key}`)
    else localStorage.setItem(`perennial.${key}`, JSON.stringify(value))
  } catch {}
}

interface KeptForm<Value> {
  draft: Value
  set: (next: Value) => void
  changed: boolean
  /** What it was changed from is no longer what is stored. */
  stale: boolean
  /** Saved, or given up: what is stored holds again. */
  done: () => void
}

/** A form over something stored: what is not saved yet outlives a reload, in this browser, and never hides what somebody else stores. */
export function useKeptForm<Value>(key: string, stored: Value): KeptForm<Value> {
  const [kept, keep] = useKept<{ draft: Value; from: string } | undefined>(key, undefined)
  const standing = JSON.stringify(stored)
  const changed = kept !== undefined && JSON.stringify(kept.draft) !== standing
  return {
    draft: changed ? kept.draft : stored,
    set: next => keep({ draft: next, from: changed ? kept.from : standing }),
    changed,
    stale: changed && kept.from !== standing,
    done: () => keep(undefined),
  }
}

/** The moment a day of the reader's own calendar (`2026-05-01`) begins, as the API reads it; with `end`, the moment it is over, or now. */
export function momentOf(day: string, end = false): string | undefined {
  if (!day) return undefined
  const at = new Date(`${day}T00:00`)
  if (end) at.setDate(at.getDate() + 1)
  return new Date(end ? Math.min(at.getTime(), Date.now()) : at.getTime()).toISOString()
}

/** The value once it has rested for a moment. */
export function useSettled<Value>(value: Value, ms = 300): Value {
  const [settled, set] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}

/** The present, in steps of `ms`, for "5 minutes ago". */
export function useNow(ms = 15_000): number {
  const [now, set] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), ms)
    return () => clearInterval(timer)
  }, [ms])
  return now
}

/** Always the latest value, for effects that must not run again. */
export function useLatest<Value>(value: Value): { readonly current: Value } {
  const ref = useRef(value)
  ref.current = value
  return ref
}
