import { z } from 'zod'
import { campaignIds, runIds } from '../domain/ids.ts'
import type { Program } from '../domain/journey/program.ts'
import type { EnrollmentCount, MessageCount } from '../prisma/queries/run-counts.ts'
import type { RunRow } from '../prisma/queries/runs.ts'

const counts = z.record(z.string(), z.int())

export const stepViewSchema = z
  .object({
    step: z.string(),
    kind: z.string(),
    goal: z.string(),
    waiting: z.int().meta({ description: 'Customers who stand at this step now.' }),
    passed: z.int().meta({ description: 'Customers who went past it.' }),
    reached: z.int().meta({ description: 'For messages: sent + skipped + failed + deferred + uncertain + held + queued.' }),
    sent: z.int(),
    skipped: counts.meta({ description: 'By reason.' }),
    failed: z.int(),
    deferred: z.int(),
    uncertain: z.int(),
    held: z.int(),
    queued: z.int(),
    delivered: z.int(),
    opened: z.int(),
    clicked: z.int(),
  })
  .meta({ id: 'StepCounts' })

export const runSchema = z
  .object({
    id: z.string(),
    campaign: z.string(),
    number: z.int(),
    version: z.int(),
    status: z.enum(['enrolling', 'running', 'paused', 'stopped', 'completed']),
    enrolled: z.int(),
    active: z.int(),
    ended: counts.meta({ description: 'By reason: completed, converted, exited, unsubscribed, erased, holdout, stopped.' }),
    byGoal: counts,
    byVariant: counts.meta({ description: 'Everybody enrolled, by assigned arm; the holdout is an arm.' }),
    bySteps: z.array(stepViewSchema),
    startedAt: z.iso.datetime(),
    enrolledAt: z.iso.datetime().nullable(),
    completedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Run' })
export type RunView = z.infer<typeof runSchema>

const left = new Set(['accepted', 'delivered', 'opened', 'clicked', 'bounced', 'dropped', 'complained'])
const add = (into: Record<string, number>, key: string, n: number) => {
  into[key] = (into[key] ?? 0) + n
}

/** A run as its readers see it. Every number is a sum over rows, so the identities of the contract hold by construction. */
export function runView(
  run: RunRow,
  programs: ReadonlyMap<number, Program>,
  enrollments: readonly EnrollmentCount[],
  messages: readonly MessageCount[],
  passed: readonly { version: number; step: number; passed: number }[],
): RunView {
  const byGoal: Record<string, number> = {}
  const byVariant: Record<string, number> = {}
  const ended: Record<string, number> = {}
  let active = 0
  let enrolled = 0
  const steps = new Map<string, z.infer<typeof stepViewSchema>>()
  // Steps of several versions with one id are one step to a reader.
  const at = (version: number, index: number | null) => {
    const step = index === null ? undefined : programs.get(version)?.steps[index]
    return step && steps.get(step.id)
  }
  for (const program of programs.values())
    for (const step of program.steps) {
      // One that is no more has been shown by the version that had it.
      if (step.goal === '' && steps.has(step.id)) continue
      steps.set(step.id, {
        step: step.id,
        kind: step.kind,
        goal: step.goal,
        waiting: 0,
        passed: 0,
        reached: 0,
        sent: 0,
        skipped: {},
        failed: 0,
        deferred: 0,
        uncertain: 0,
        held: 0,
        queued: 0,
        delivered: 0,
        opened: 0,
        clicked: 0,
      })
    }

  for (const row of enrollments) {
    enrolled += row.n
    add(byGoal, row.goal, row.n)
    add(byVariant, row.variant, row.n)
    if (row.state === 'ended') add(ended, row.reason ?? 'completed', row.n)
    else {
      active += row.n
      const view = at(row.version, row.step)
      if (view) view.waiting += row.n
    }
  }
  for (const row of passed) {
    const view = at(row.version, row.step)
    if (view) view.passed += row.passed
  }
  for (const row of messages) {
    const view = at(row.version, row.step)
    if (!view) continue
    view.reached += row.n
    if (left.has(row.status)) view.sent += row.n
    else if (row.status === 'skipped') add(view.skipped, row.reason ?? 'stopped', row.n)
    // What is being handed over at this moment is still in our queue as far as anybody can know.
    else if (row.status === 'sending') view.queued += row.n
    else view[row.status as 'failed' | 'deferred' | 'uncertain' | 'held' | 'queued'] += row.n
    if (row.status === 'delivered' || row.status === 'opened' || row.status === 'clicked') view.delivered += row.n
    if (row.status === 'opened' || row.status === 'clicked') view.opened += row.n
    if (row.status === 'clicked') view.clicked += row.n
  }
  return {
    id: runIds.show(run.id),
    campaign: campaignIds.show(run.campaign),
    number: run.number,
    version: run.version,
    status: run.status,
    enrolled,
    active,
    ended,
    byGoal,
    byVariant,
    bySteps: [...steps.values()],
    startedAt: run.startedAt.toISOString(),
    enrolledAt: run.enrolledAt?.toISOString() ?? null,
    completedAt: run.completedAt?.toISOString() ?? null,
  }
}
