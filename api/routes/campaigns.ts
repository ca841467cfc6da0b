import { z } from 'zod'
import { type Campaign, campaignSchema } from '../../domain/campaign/campaign.ts'
import { notRunnable } from '../../domain/campaign/check.ts'
import { faultsIn, PerennialError } from '../../domain/errors.ts'
import { campaignIds } from '../../domain/ids.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import {
  type CampaignRow,
  deleteCampaign,
  findCampaign,
  insertCampaign,
  type ListedCampaign,
  listCampaigns,
  updateCampaign,
} from '../../prisma/queries/campaigns.ts'
import { countExisting } from '../../prisma/queries/existing.ts'
import { lastRun } from '../../prisma/queries/runs.ts'
import { ruleContext } from '../../prisma/queries/segments.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { findingsOf, refuseProblems } from '../campaign-check.ts'
import { compileContents } from '../compile-mjml.ts'
import type { Deps, Routes } from '../deps.ts'
import { textsOf } from '../language.ts'
import { missingFieldWarnings } from '../missing-fields.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'
import { planWarnings } from '../planning.ts'
import { checkVersion, tag } from '../versions.ts'

export const campaignParams = z.object({ id: z.string().max(40) })

const statusSchema = z.enum(['draft', 'enrolling', 'running', 'paused', 'stopped', 'completed'])
const answerSchema = z
  .looseObject({
    id: z.string(),
    version: z.int(),
    status: statusSchema.meta({ description: 'Of the last run; draft when there was none.' }),
    name: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Campaign', description: 'The campaign document with its id and version.' })

const listQuery = pageQuery.extend({
  q: z.string().trim().max(200).optional().meta({ description: 'Part of the name, whatever its case' }),
  status: z.enum(['draft', 'ran', 'live', 'ended']).optional().meta({
    description:
      'draft: never launched; ran: launched at least once; live: a run is enrolling, running or paused; ended: ran, and does not now',
  }),
  brief: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'true leaves out audience, exit, journeys and letters: of a goal only its key and kind are there' }),
})

const faultSchema = z.object({ path: z.string(), code: z.string(), message: z.string(), hint: z.string().optional() })
const findingsSchema = z.object({
  ok: z.boolean(),
  problems: z.array(faultSchema),
  warnings: z.array(faultSchema),
  existing: z.int().optional().meta({
    description: 'How many of the audience are past the trigger’s line already: those whom "existing": true brings in.',
  }),
})

/** The campaign a path names. Throws `notFound`. */
export async function campaignOf(deps: Deps, id: string): Promise<CampaignRow> {
  const number = campaignIds.read(id)
  const row = number === undefined ? null : await findCampaign(deps.db, number)
  if (!row) throw new PerennialError('notFound', t => t.refusals.noCampaign(id))
  return row
}

async function existingOf(deps: Deps, document: Campaign): Promise<number | undefined> {
  const [settings, context] = await Promise.all([readSettings(deps.db, deps.config), ruleContext(deps.db, deps.clock())])
  return countExisting(deps.db, document, context, settings.defaultTimezone)
}

const show = async (deps: Deps, row: CampaignRow) => shown({ ...row, status: (await lastRun(deps.db, row.id))?.status ?? null })

function shown(row: ListedCampaign) {
  return {
    id: campaignIds.show(row.id),
    version: row.version,
    status: row.status ?? ('draft' as const),
    ...(row.document as Campaign),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** Drafts of campaigns: a document that cannot mean anything is refused whole, so what is stored can be launched. */
export const campaigns: Routes = (app, deps) => {
  const tags = ['campaigns']

  app.get(
    '/v1/campaigns',
    {
      config: { needs: 'read' },
      schema: { tags, querystring: listQuery, response: { 200: pageOf(answerSchema) } },
    },
    async request => {
      const { limit, cursor, q, status, brief } = request.query
      const before = decodeCursor(cursor, z.int())
      const rows = await listCampaigns(deps.db, limit + 1, {
        brief: brief === 'true',
        ...(before === undefined ? {} : { before }),
        ...(q ? { text: q } : {}),
        ...(status ? { standing: status } : {}),
      })
      return page(rows, limit, row => row.id, shown)
    },
  )

  app.post(
    '/v1/campaigns',
    { config: { needs: 'draft', idempotent: true }, schema: { tags, body: campaignSchema, response: { 201: answerSchema } } },
    async (request, reply) => {
      const document = request.body
      await refuseProblems(deps, document)
      compileContents(document)
      const at = deps.clock()
      const row = await insertCampaign(deps.db, { name: document.name, document, at })
      await recordAudit(deps.db, { at, actor: request.actor.name, action: 'campaign.made', target: campaignIds.show(row.id) })
      return tag(reply.code(201), row.version).send(await show(deps, row))
    },
  )

  app.get(
    '/v1/campaigns/:id',
    { config: { needs: 'read' }, schema: { tags, params: campaignParams, response: { 200: answerSchema } } },
    async (request, reply) => {
      const row = await campaignOf(deps, request.params.id)
      return tag(reply, row.version).send(await show(deps, row))
    },
  )

  app.put(
    '/v1/campaigns/:id',
    {
      config: { needs: 'draft' },
      schema: { tags, params: campaignParams, body: campaignSchema, response: { 200: answerSchema } },
    },
    async (request, reply) => {
      const row = await campaignOf(deps, request.params.id)
      checkVersion(request, row.version)
      const document = request.body
      await refuseProblems(deps, document)
      compileContents(document)
      const at = deps.clock()
      const changed = await updateCampaign(deps.db, row.id, { name: document.name, document, from: row.version, at })
      if (!changed) throw new PerennialError('stale', t => t.refusals.changedAtOnce)
      await recordAudit(deps.db, {
        at,
        actor: request.actor.name,
        action: 'campaign.changed',
        target: request.params.id,
        facts: { version: changed.version },
      })
      return tag(reply, changed.version).send(await show(deps, changed))
    },
  )

  app.delete(
    '/v1/campaigns/:id',
    { config: { needs: 'draft' }, schema: { tags, params: campaignParams, response: { 204: z.null() } } },
    async (request, reply) => {
      const row = await campaignOf(deps, request.params.id)
      checkVersion(request, row.version)
      if ((await deleteCampaign(deps.db, row.id)) === 'hasRuns') throw new PerennialError('conflict', t => t.refusals.hasRun)
      await recordAudit(deps.db, {
        at: deps.clock(),
        actor: request.actor.name,
        action: 'campaign.deleted',
        target: request.params.id,
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/campaigns/:id/validate',
    { config: { needs: 'draft' }, schema: { tags, params: campaignParams, response: { 200: findingsSchema } } },
    async request => {
      const row = await campaignOf(deps, request.params.id)
      const document = campaignSchema.parse(row.document)
      const { problems, warnings } = await findingsOf(deps, document)
      const all = [...problems, ...notRunnable(document)]
      const existing = problems.length === 0 ? await existingOf(deps, document) : undefined
      const unmet = problems.length === 0 ? await planWarnings(deps, document, textsOf(request)) : []
      return {
        ok: all.length === 0,
        problems: faultsIn(all, textsOf(request)),
        ...(existing === undefined ? {} : { existing }),
        warnings: faultsIn([...warnings, ...(await missingFieldWarnings(deps, document)), ...unmet], textsOf(request)),
      }
    },
  )
}
