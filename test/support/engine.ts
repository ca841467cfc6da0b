import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker'
import { workflowIds } from '../../domain/ids.ts'
import { sql } from '../../domain/sql.ts'
import type { RunRow } from '../../prisma/queries/runs.ts'
import { type Journeys, openJourneys } from './journey.ts'
import { type TestTemporal, testTemporal } from './stack.ts'

Runtime.install({ logger: new DefaultLogger('ERROR') })

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined
/** The workflows, bundled once in each test process. */
export const workflowBundle = () =>
  (bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  }))

export interface Engine extends Journeys {
  temporal: TestTemporal
  /** Starts a worker; answers what ends it in order. */
  work(): Promise<() => Promise<void>>
  /** Starts the workflow of a launched run. */
  begin(run: RunRow): Promise<void>
  change(run: RunRow, what: 'pause' | 'resume' | 'stop'): Promise<unknown>
  ring(run: RunRow): Promise<void>
  /** Waits until a question about the database is answered with yes. */
  until(what: string, ask: () => Promise<boolean>, patienceMs?: number): Promise<void>
  statusOf(run: RunRow): Promise<string | undefined>
}

/** The engine under a real Temporal server, with providers in memory. */
export async function openEngine(options: Parameters<typeof openJourneys>[0] = {}): Promise<Engine> {
  const journeys = await openJourneys(options)
  const temporal = await testTemporal()
  // Every test has a database of its own but the same Temporal server, and workflow ids name campaigns by number.
  await journeys.db.run(sql`SELECT setval('campaign_id_seq', ${Math.floor(Math.random() * 2_000_000_000) + 1})`)
  const handle = (run: RunRow) => temporal.client.workflow.getHandle(workflowIds.campaign(run.campaign, run.id))
  const stops: (() => Promise<void>)[] = []
  return {
    ...journeys,
    temporal,
    work: async () => {
      const worker = await Worker.create({
        connection: temporal.nativeConnection,
        namespace: temporal.namespace,
        taskQueue: temporal.taskQueue,
        workflowBundle: await workflowBundle(),
        activities: journeys.activities,
        maxHeartbeatThrottleInterval: '500ms',
      })
      const running = worker.run()
      let stopped = false
      const stop = async () => {
        if (!stopped) {
          stopped = true
          worker.shutdown()
        }
        await running
      }
      stops.push(stop)
      return stop
    },
    begin: async run => {
      await temporal.client.workflow.start('campaign', {
        taskQueue: temporal.taskQueue,
        workflowId: workflowIds.campaign(run.campaign, run.id),
        args: [{ campaign: run.campaign, run: run.id, finite: run.finite, snapshot: run.finite || run.sweptTo !== null }],
      })
    },
    change: (run, what) => handle(run).executeUpdate(what),
    ring: run => handle(run).signal('ring'),
    until: async (what, ask, patienceMs = 20_000) => {
      const end = Date.now() + patienceMs
      while (!(await ask())) {
        if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain until ${what}`)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
    statusOf: async run => (await journeys.db.row<{ status: string }>(sql`SELECT status FROM run WHERE id = ${run.id}`))?.status,
    close: async () => {
      for (const stop of stops) await stop()
      await temporal.close()
      await journeys.close()
    },
  }
}
