import { z } from 'zod'
import { fault, PerennialError } from '../../domain/errors.ts'
import { campaignIds, runIds } from '../../domain/ids.ts'
import type { Program } from '../../domain/journey/program.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { programsOf } from '../../prisma/queries/campaigns.ts'
import { enrollmentCounts, messageCounts, passedCounts } from '../../prisma/queries/run-counts.ts'
import { findRun, lastRun, listRuns, liveRun, type RunRow } from '../../prisma/queries/runs.ts'
import type { Deps, Routes } from '../deps.ts'
import { launch } from '../launch.ts'
import { runSchema, runView } from '../run-view.ts'
import { campaignOf, campaignParams } from './campaigns.ts'

const runAnswer = z.object({ run: z.string() })

const changes = { pause: 'campaign.paused', resume: 'campaign.resumed', stop: 'campaign.stopped' } as const

/** A run with all its counts. */
export async function viewOf(deps: Deps, run: RunRow) {
  const [programs, enrollments, messages, passed] = await Promise.all([
    programsOf(deps.db, run.campaign, run.version),
    enrollmentCounts(deps.db, run.id),
    messageCounts(deps.db, run.id),
    passedCounts(deps.db, run.id),
  ])
  // Versions nobody of this run ever stood on say nothing about it.
  const stood = new Set([run.version, ...enrollments.map(row => row.version)])
  const its = new Map<number, Program>([...programs].filter(([version]) => stood.has(version)))
  return runView(run, its, enrollments, messages, passed)
}

/** Launching, pausing, resuming and stopping, and the counts of a run. */
export const runs: Routes = (app, deps) => {
  const tags = ['runs']

  app.post(
    '/v1/campaigns/:id/launch',
    { config: { needs: 'launch', idempotent: true }, schema: { tags, params: campaignParams, response: { 202: runAnswer } } },
    async (request, reply) => {
      const campaign = await campaignOf(deps, request.params.id)
      const run = await launch(deps, campaign)
      const id = runIds.show(run.id)
      await recordAudit(deps.db, {
        at: deps.clock(),
        actor: request.actor.name,
        action: 'campaign.launched',
        target: campaignIds.show(campaign.id),
        facts: { run: id, version: run.version },
      })
      return reply.code(202).send({ run: id })
    },
  )

  for (const change of ['pause', 'resume', 'stop'] as const)
    app.post(
      `/v1/campaigns/:id/${change}`,
      {
        config: { needs: 'launch' },
        schema: {
          tags,
          summary: `Answers when it holds${change === 'pause' ? ': nothing more is sent afterwards' : ''}.`,
          params: campaignParams,
          response: { 200: runSchema },
        },
      },
      async request => {
        const campaign = await campaignOf(deps, request.params.id)
        const run = await liveRun(deps.db, campaign.id)
        if (!run) {
          const last = await lastRun(deps.db, campaign.id)
          throw new PerennialError(
            'conflict',
            t => (last ? t.refusals.runCannot(last.status, change) : t.refusals.neverLaunched(change)),
            {
              faults: [
                fault(
                  '/status',
                  'notLive',
                  t => t.refusals.noLiveRun,
                  t => t.refusals.launchFirst,
                ),
              ],
            },
          )
        }
        await deps.temporal.update({ campaign: campaign.id, run: run.id }, change)
        await recordAudit(deps.db, {
          at: deps.clock(),
          actor: request.actor.name,
          action: changes[change],
          target: request.params.id,
          facts: { run: runIds.show(run.id) },
        })
        return viewOf(deps, (await findRun(deps.db, run.id)) ?? run)
      },
    )

  app.get(
    '/v1/campaigns/:id/runs',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        params: campaignParams,
        response: { 200: z.object({ data: z.array(runSchema), next: z.string().nullable() }) },
      },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      const rows = await listRuns(deps.db, campaign.id)
      return { data: await Promise.all(rows.map(run => viewOf(deps, run))), next: null }
    },
  )

  app.get(
    '/v1/runs/:id',
    { config: { needs: 'read' }, schema: { tags, params: campaignParams, response: { 200: runSchema } } },
    async request => {
      const number = runIds.read(request.params.id)
      const run = number === undefined ? undefined : await findRun(deps.db, number)
      if (!run) throw new PerennialError('notFound', t => t.refusals.noRun(request.params.id))
      return viewOf(deps, run)
    },
  )
}
