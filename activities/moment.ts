import { Context } from '@temporalio/activity'

/**
 * The journey's time by now, in an activity that was given `at`: later by as long as Temporal has waited for a worker, tried again
 * and worked on it. Outside of one, as under the virtual clock, time stands still while an activity works.
 */
export function moment(at: Date): Date {
  try {
    return new Date(at.getTime() + Math.max(0, Date.now() - Context.current().info.scheduledTimestampMs))
  } catch {
    return at
  }
}
