import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { createActivities } from '../activities/index.ts'
import { createVersions } from '../activities/versions.ts'
import { createChannels } from '../channels/registry.ts'
import { type ConnectedConfig, temporalConnection } from '../domain/config.ts'
import { openDatabase } from '../prisma/client.ts'
import { pem } from '../prisma/process.ts'
import { beat } from '../prisma/queries/health.ts'
import { readSettings } from '../prisma/queries/settings.ts'
import { keepInInbox, keepInOutbox } from '../prisma/queries/stores.ts'
import { revive } from './revive.ts'
import { ringBy } from './ring.ts'
import { keepSchedules } from './schedules.ts'
import { sharedHold } from './shared-hold.ts'

export interface StartOptions {
  config: ConnectedConfig
  secretKey: string
  workflows: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'>
  /** Customers in one wave; a measurement sets 1 to show the factor. */
  waveSize?: number
  log(message: string): void
}

const beatEveryMs = 3_000
const reviveEveryMs = 60_000
const newsEveryMs = 30_000

/** Connects a worker; `run` ends when `shutdown` has drained it: nothing new is taken, what is under way is finished. */
export async function startWorker(options: StartOptions): Promise<{ run: Promise<void>; shutdown(): void }> {
  const { config, secretKey } = options
  const db = openDatabase(config.databaseUrl, 24)
  const reach = temporalConnection(config.temporal, pem)
  const connection = await NativeConnection.connect(reach)
  const clientConnection = await Connection.connect(reach)
  const client = new Client({ connection: clientConnection, namespace: config.temporal.namespace })

  const channels = createChannels(config, {
    inbox: { put: rows => keepInInbox(db, rows) },
    outbox: kind => ({ put: rows => keepInOutbox(db, kind, rows) }),
    holds: provider => sharedHold(db, provider),
  })
  const activities = createActivities({
    db,
    versions: createVersions(db),
    channels,
    links: { secretKey, publicUrl: config.publicUrl },
    settings: () => readSettings(db, config),
    uncertainForMs: config.uncertainForMs,
    allowPrivateWebhooks: config.allowPrivateWebhooks,
    ring: ringBy(db, client),
    ...(options.waveSize ? { waveSize: options.waveSize } : {}),
  })
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal.taskQueue,
    ...options.workflows,
    activities,
    reuseV8Context: true,
    maxCachedWorkflows: 500,
    maxConcurrentActivityTaskExecutions: 50,
    maxHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: '20s',
  })

  await keepSchedules(client, {
    taskQueue: config.temporal.taskQueue,
    sweepEveryMs: config.sweepEveryMs,
    newsEveryMs: Math.max(1_000, Math.min(newsEveryMs, config.uncertainForMs / 4)),
  })
  const id = `${process.pid}-${Math.trunc(performance.timeOrigin)}`
  const beats = every(beatEveryMs, () => beat(db, id, new Date()))
  const revivals = every(reviveEveryMs, () => revive(db, client, config.temporal.taskQueue, options.log))

  const run = worker.run().finally(async () => {
    beats.stop()
    revivals.stop()
    await db.close()
    await clientConnection.close()
    await connection.close()
  })
  return { run, shutdown: () => worker.shutdown() }
}

/** Does something now and then; what fails is tried again at its next turn. */
function every(ms: number, work: () => Promise<unknown>): { stop(): void } {
  const once = () => void work().catch(() => {})
  once()
  const timer = setInterval(once, ms)
  return { stop: () => clearInterval(timer) }
}
