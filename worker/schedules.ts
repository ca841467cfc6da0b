import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy, type ScheduleSpec } from '@temporalio/client'

/** The sweeps come round by a schedule of Temporal's: whichever workers there are, one sweep at a time. */
export async function keepSchedules(client: Client, options: { taskQueue: string; sweepEveryMs: number }): Promise<void> {
  const spec: ScheduleSpec = { intervals: [{ every: options.sweepEveryMs }] }
  const action = {
    type: 'startWorkflow' as const,
    workflowType: 'sweep',
    workflowId: 'sweep',
    taskQueue: options.taskQueue,
    args: [],
  }
  // A sweep makes up for those that were missed, so one after an outage is enough.
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10m', pauseOnFailure: false } as const
  try {
    await client.schedule.create({ scheduleId: scheduleId(options.taskQueue), spec, action, policies })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await client.schedule.getHandle(scheduleId(options.taskQueue)).update(previous => ({ ...previous, spec, action, policies }))
  }
}

export const scheduleId = (taskQueue: string): string => `sweep/${taskQueue}`
