import { Context } from '@temporalio/activity'

/** Tells Temporal that this activity lives; outside one (the virtual clock, a test) there is nobody to tell. */
export function heartbeat(): void {
  try {
    Context.current().heartbeat()
  } catch {
    // No activity context.
  }
}

/** Heartbeats every second while `work` runs, so that a dead worker is noticed within seconds and a slow provider is not. */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(heartbeat, 1_000)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
