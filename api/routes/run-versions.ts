import { z } from 'zod'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { PerennialError } from '../../domain/errors.ts'
import { runIds } from '../../domain/ids.ts'
import { programsOf } from '../../prisma/queries/campaigns.ts'
import { enrollmentCounts } from '../../prisma/queries/run-counts.ts'
import { versionsOfRun } from '../../prisma/queries/run-versions.ts'
import { findRun } from '../../prisma/queries/runs.ts'
import type { Routes } from '../deps.ts'
import { campaignParams } from './campaigns.ts'

const versionSchema = z
  .object({
    version: z.int(),
    current: z.boolean().meta({ description: 'New customers enter on it.' }),
    publishedAt: z.iso.datetime(),
    enrolled: z.int().meta({ description: 'Who stands on it now, or ended on it.' }),
    active: z.int(),
    waiting: z.record(z.string(), z.int()).meta({ description: 'By step: who stands there now.' }),
    document: z.unknown().meta({ description: 'The campaign as it was published.' }),
  })
  .meta({ id: 'RunVersion' })

/** The versions a run has been through, and who stands on which. */
export const runVersions: Routes = (app, deps) => {
  app.get(
    '/v1/runs/:id/versions',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['runs'],
        summary: 'The published versions of a run, newest first, each with who stands on it and where.',
        params: campaignParams,
        response: { 200: z.object({ data: z.array(versionSchema), next: z.null() }) },
      },
    },
    async request => {
      const number = runIds.read(request.params.id)
      const run = number === undefined ? undefined : await findRun(deps.db, number)
      if (!run) throw new PerennialError('notFound', t => t.refusals.noRun(request.params.id))
      const [versions, programs, counts] = await Promise.all([
        versionsOfRun(deps.db, run),
        programsOf(deps.db, run.campaign, run.version),
        enrollmentCounts(deps.db, run.id),
      ])
      const data = versions.map(({ version, document, publishedAt }) => {
        const on = counts.filter(row => row.version === version)
        const waiting: Record<string, number> = {}
        for (const row of on) {
          const step = row.step === null || row.state === 'ended' ? undefined : programs.get(version)?.steps[row.step]
          if (step) waiting[step.id] = (waiting[step.id] ?? 0) + row.n
        }
        return {
          version,
          current: version === run.version,
          publishedAt: publishedAt.toISOString(),
          enrolled: on.reduce((sum, row) => sum + row.n, 0),
          active: on.reduce((sum, row) => (row.state === 'ended' ? sum : sum + row.n), 0),
          waiting,
          document: campaignSchema.parse(document),
        }
      })
      return { data, next: null }
    },
  )
}
