import { useSyncExternalStore } from 'react'

interface Toast {
  id: number
  text: string
}

let toasts: readonly Toast[] = []
let last = 0
const watchers = new Set<() => void>()
const set = (next: readonly Toast[]) => {
  toasts = next
  for (const watcher of watchers) watcher()
}

/** Says in passing that something was done. Never the only place where a failure is told. */
export function toast(text: string): void {
  const id = ++last
  set([...toasts, { id, text }])
  setTimeout(() => set(toasts.filter(each => each.id !== id)), 4_000)
}

export function Toasts() {
  const shown = useSyncExternalStore(
    watcher => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => toasts,
  )
  return (
    <div className="toasts" role="status">
      {shown.map(({ id, text }) => (
        <div key={id} className="toast">
          {text}
        </div>
      ))}
    </div>
  )
}
