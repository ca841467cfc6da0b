import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy, type ScheduleSpec } from '@temporalio/client'

/** Workflows that come round by a schedule of Temporal's: whichever workers there are, one of a kind at a time. */
interface Scheduled {
  workflow: string
  everyMs: number
}

interface Times {
  sweepEveryMs: number
  newsEveryMs: number
}

const scheduled = (options: Times): readonly Scheduled[] => [
  { workflow: 'sweep', everyMs: options.sweepEveryMs },
  { workflow: 'segmentHistory', everyMs: options.sweepEveryMs },
  { workflow: 'news', everyMs: options.newsEveryMs },
  { workflow: 'reconcile', everyMs: 86_400_000 },
  { workflow: 'review', everyMs: 3_600_000 },
  { workflow: 'scores', everyMs: 6 * 3_600_000 },
  { workflow: 'rawRetention', everyMs: 86_400_000 },
]

/** Creates the schedules, or brings them to what is wanted now. */
export async function keepSchedules(client: Client, options: Times & { taskQueue: string }): Promise<void> {
  for (const each of scheduled(options)) await keep(client, options.taskQueue, each)
}

async function keep(client: Client, taskQueue: string, { workflow, everyMs }: Scheduled): Promise<void> {
  const spec: ScheduleSpec = { intervals: [{ every: everyMs }] }
  const action = { type: 'startWorkflow' as const, workflowType: workflow, workflowId: workflow, taskQueue, args: [] }
  // Each makes up for those that were missed, so one after an outage is enough.
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10m', pauseOnFailure: false } as const
  const scheduleId = `${workflow}/${taskQueue}`
  try {
    await client.schedule.create({ scheduleId, spec, action, policies })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await client.schedule.getHandle(scheduleId).update(previous => ({ ...previous, spec, action, policies }))
  }
}
