import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { PerennialError } from '../../domain/errors.ts'
import { becauseIn, type KeptDecision } from '../../domain/experiment/because-again.ts'
import { campaignIds } from '../../domain/ids.ts'
import { field } from '../../domain/texts/field.ts'
import { findDecision, listDecisions } from '../../prisma/queries/experiment-decisions.ts'
import { reviewCampaign } from '../../prisma/queries/experiment-review.ts'
import { storedSoFar } from '../../prisma/queries/outcomes.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import type { Routes } from '../deps.ts'
import { textsOf } from '../language.ts'
import { readResults } from '../results.ts'
import { createResultsCache } from '../results-cache.ts'
import { resultsCsv } from '../results-csv.ts'
import {
  compareCampaigns,
  compareQuery,
  compareSchema,
  programmeQuery,
  programmeSchema,
  readProgramme,
} from '../results-reports.ts'
import { resultsQuery, resultsSchema } from '../results-schema.ts'
import { campaignOf, campaignParams } from './campaigns.ts'

const decisionParams = campaignParams.extend({
  number: z.string().regex(/^[1-9]\d{0,8}$/, { error: field(t => t.fields.decisionNumber) }),
})

const decisionSummary = z.object({
  number: z.int(),
  at: z.iso.datetime(),
  actor: z.string(),
  state: z.string(),
  arm: z.string().nullable(),
  because: z.string(),
  action: z.string(),
})

const reviewedSchema = z.object({
  state: z.enum(['noExperiment', 'winner', 'noDifference', 'keepRunning', 'invalid']),
  arm: z.string().optional(),
  because: z.string(),
  actions: z.array(
    z.object({
      action: z.enum(['reported', 'promoted', 'stoppedArm', 'withdrawn']),
      number: z.int(),
      arm: z.string().nullable(),
    }),
  ),
})

const wantsCsv = (request: FastifyRequest, format: 'json' | 'csv' | undefined): boolean =>
  format === 'csv' || (format === undefined && /^text\/csv\b/.test(request.headers.accept ?? ''))

/** What a campaign changed, and what was decided on it. */
export const results: Routes = (app, deps) => {
  const tags = ['results']
  const cached = createResultsCache()

  app.get(
    '/v1/campaigns/:id/results',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'Arms, comparisons, decision, curves and funnel; as CSV with ?format=csv or Accept: text/csv.',
        params: campaignParams,
        querystring: resultsQuery,
        response: { 200: resultsSchema },
      },
    },
    async (request, reply) => {
      const campaign = await campaignOf(deps, request.params.id)
      const { format, table, ...query } = request.query
      const fresh = /\bno-cache\b/.test(request.headers['cache-control'] ?? '')
      const key = JSON.stringify([campaign.id, campaign.version, query])
      const { answer, age } = await cached(key, { state: await storedSoFar(deps.db), at: deps.clock().getTime(), fresh }, () =>
        readResults(deps, campaign, { ...query, table }),
      )
      reply.header('age', String(age)).header('vary', 'Accept, Accept-Language')
      if (!wantsCsv(request, format)) return answer(textsOf(request))
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${request.params.id}-${table}.csv"`)
        .serializer(body => body as string)
        .send(resultsCsv(answer(textsOf(request)), table) as never)
    },
  )

  app.get(
    '/v1/results/programme',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'What being contactable at all changes: everybody else against the global holdout.',
        querystring: programmeQuery,
        response: { 200: programmeSchema },
      },
    },
    request => readProgramme(deps, request.query, textsOf(request)),
  )

  app.get(
    '/v1/results/compare',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'Campaigns side by side on retention, before and after entering and against their holdouts.',
        querystring: compareQuery,
        response: { 200: compareSchema },
      },
    },
    request => compareCampaigns(deps, request.query, textsOf(request)),
  )

  app.post(
    '/v1/campaigns/:id/results/decisions',
    {
      config: { needs: 'launch' },
      schema: {
        tags,
        summary:
          'Reviews the experiment now, as happens every hour by itself: decides, keeps, promotes or stops as its author said.',
        params: campaignParams,
        response: { 200: reviewedSchema },
      },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      const { currencies } = await readSettings(deps.db, deps.config)
      return await reviewCampaign(deps.db, {
        campaign: campaign.id,
        at: deps.clock(),
        actor: request.actor.name,
        currencies,
        texts: textsOf(request),
      })
    },
  )

  app.get(
    '/v1/campaigns/:id/results/decisions',
    {
      config: { needs: 'read' },
      schema: { tags, params: campaignParams, response: { 200: z.object({ data: z.array(decisionSummary), next: z.null() }) } },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      const rows = await listDecisions(deps.db, campaign.id)
      return {
        data: rows.map(({ number, at, actor, state, arm, action, ...row }) => ({
          number,
          at: at.toISOString(),
          actor,
          state,
          arm,
          because: becauseIn({ state, arm, ...row }, textsOf(request)),
          action,
        })),
        next: null,
      }
    },
  )

  app.get(
    '/v1/campaigns/:id/results/decisions/:number',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'A decision with the frozen inputs it rested on: scripts/recompute-decision.mjs computes it again from them.',
        params: decisionParams,
        response: { 200: decisionSummary.extend({ campaign: z.string(), frozen: z.unknown() }) },
      },
    },
    async (request, reply) => {
      const campaign = await campaignOf(deps, request.params.id)
      const row = await findDecision(deps.db, campaign.id, Number(request.params.number))
      if (!row) throw new PerennialError('notFound', t => t.refusals.noDecision(request.params.number))
      const { run: _, experiment: __, ...decision } = row
      reply.header('content-disposition', `attachment; filename="${request.params.id}-decision-${row.number}.json"`)
      const kept = row.frozen as Pick<KeptDecision, 'evidence' | 'guardrail'>
      const because = becauseIn({ ...row, ...kept, state: row.state, arm: row.arm }, textsOf(request))
      return { ...decision, because, campaign: campaignIds.show(campaign.id), at: row.at.toISOString() }
    },
  )
}
