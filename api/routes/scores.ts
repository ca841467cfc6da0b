import { z } from 'zod'
import { PerennialError } from '../../domain/errors.ts'
import { explainScore } from '../../domain/metric/explain-score.ts'
import type { CustomerScore } from '../../domain/metric/score.ts'
import { scoreSettingsSchema } from '../../domain/metric/score-model.ts'
import type { Texts } from '../../domain/texts/texts.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { findScore, lastModels, readScoreSettings, scoreChanges, writeScoreSettings } from '../../prisma/queries/scores.ts'
import type { Routes } from '../deps.ts'
import { textsOf } from '../language.ts'
import { checkVersion, tag } from '../versions.ts'

const number = z.number().nullable()
const reason = z.string().nullable()
const changeSchema = z.object({ at: z.iso.datetime(), lifecycle: z.string().nullable(), health: number, churnRisk: number })
const scoresSchema = z
  .object({
    customer: z.string(),
    at: z.iso.datetime().nullable().meta({ description: 'Of the last refresh; null before the first.' }),
    lifecycle: z.object({ stage: z.string().nullable(), gap: number, days: number, reason, because: z.string() }).nullable(),
    rfm: z
      .object({
        recency: z.int(),
        frequency: z.int(),
        monetary: z.int(),
        recencyDays: z.int(),
        orders: z.int(),
        spend: z.number(),
        because: z.string(),
      })
      .nullable(),
    health: z
      .object({
        value: number,
        reason,
        coverage: number,
        parts: z.array(z.object({ name: z.string(), weight: z.number(), score: number })),
        because: z.string(),
      })
      .nullable(),
    churnRisk: z
      .object({
        value: number.meta({ description: 'Probability, 0–1.' }),
        reason,
        expectedPurchases: number,
        expectedSpend: number,
        horizonDays: z.int(),
        because: z.string(),
      })
      .nullable(),
    superHealthy: z.object({ value: z.boolean(), because: z.string() }).nullable(),
    history: z.array(changeSchema).meta({ description: 'Changes, newest first: at most 100.' }),
  })
  .meta({ id: 'Scores' })

const fitSchema = z.looseObject({ params: z.record(z.string(), z.number()).nullable(), reason })
const refreshSchema = z.object({
  at: z.iso.datetime(),
  completed: z.boolean(),
  scored: z.int().nullable(),
  buyers: z.int(),
  pooledGap: number,
  purchases: fitSchema.meta({ description: 'BG/NBD, in weeks: (r, alpha, a, b), or why there is none.' }),
  spend: fitSchema.meta({ description: 'Gamma-Gamma: (p, q, gamma), or why there is none.' }),
})
const settingsBody = scoreSettingsSchema.extend({ version: z.int().optional() }).meta({ id: 'ScoreSettings' })

/** What is known of customers beyond the facts: stage, quintiles, health, risk; refreshed by a workflow, each explained. */
export const scores: Routes = (app, deps) => {
  const tags = ['scores']

  app.get(
    '/v1/customers/:externalId/scores',
    {
      config: { needs: 'read' },
      schema: { tags, params: z.object({ externalId: z.string().min(1).max(500) }), response: { 200: scoresSchema } },
    },
    async request => {
      const { externalId } = request.params
      const row = await findScore(deps.db, externalId)
      if (!row) throw new PerennialError('notFound', t => t.refusals.noCustomer(externalId))
      const changes = await scoreChanges(deps.db, row.customer, 100)
      const { settings } = await readScoreSettings(deps.db)
      return {
        customer: row.externalId,
        at: row.at?.toISOString() ?? null,
        ...(row.score ? show(row.score, settings.horizonDays, textsOf(request)) : unknown),
        history: changes.map(change => ({ ...change, at: change.at.toISOString() })),
      }
    },
  )

  app.get(
    '/v1/scores',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'The last refreshes and what they learned.',
        response: { 200: z.object({ data: z.array(refreshSchema) }) },
      },
    },
    async () => ({
      data: (await lastModels(deps.db, 10)).map(({ at, model, scored, completedAt }) => ({
        at: at.toISOString(),
        completed: completedAt !== null,
        scored,
        buyers: model.buyers,
        pooledGap: model.pooledGap,
        purchases: model.purchases as unknown as z.output<typeof fitSchema>,
        spend: model.spend as unknown as z.output<typeof fitSchema>,
      })),
    }),
  )

  app.post(
    '/v1/scores/refresh',
    {
      config: { needs: 'manage', idempotent: true },
      schema: {
        tags,
        summary: 'Starts a refresh beside the regular ones; several within a minute are one.',
        response: { 202: z.object({ refresh: z.string() }) },
      },
    },
    async (request, reply) => {
      const at = deps.clock()
      const refresh = `scores/${at.toISOString().slice(0, 16)}`
      await deps.temporal.start('scores', refresh)
      await recordAudit(deps.db, { at, actor: request.actor.name, action: 'scores.refreshed', target: refresh })
      return reply.code(202).send({ refresh })
    },
  )

  app.get(
    '/v1/scores/settings',
    { config: { needs: 'read' }, schema: { tags, response: { 200: settingsBody } } },
    async (_request, reply) => {
      const { settings, version } = await readScoreSettings(deps.db)
      tag(reply, version)
      return { ...settings, version }
    },
  )

  app.put(
    '/v1/scores/settings',
    {
      config: { needs: 'manage' },
      schema: { tags, summary: 'Holds from the next refresh on.', body: settingsBody, response: { 200: settingsBody } },
    },
    async (request, reply) => {
      const { version: _, ...settings } = request.body
      const version = await writeScoreSettings(deps.db, settings, async (standing, tx) => {
        checkVersion(request, standing)
        await recordAudit(tx, {
          at: deps.clock(),
          actor: request.actor.name,
          action: 'scoreSettings.changed',
          target: 'scoreSettings',
          facts: { from: standing },
        })
      })
      tag(reply, version)
      return { ...settings, version }
    },
  )
}

const unknown = { lifecycle: null, rfm: null, health: null, churnRisk: null, superHealthy: null }

function show(score: CustomerScore, horizonDays: number, texts: Texts) {
  const because = explainScore(score, horizonDays, texts)
  return {
    lifecycle: { ...score.lifecycle, because: because.lifecycle },
    rfm: score.rfm && { ...score.rfm, because: because.rfm },
    health: {
      value: score.health.value,
      reason: score.health.reason,
      coverage: score.health.coverage,
      parts: [...score.health.parts],
      because: because.health,
    },
    churnRisk: {
      value: score.churn.risk,
      reason: score.churn.reason,
      expectedPurchases: score.expected.purchases,
      expectedSpend: score.expected.spend,
      horizonDays,
      because: because.churnRisk,
    },
    superHealthy: { value: score.superHealthy, because: because.superHealthy },
  }
}
