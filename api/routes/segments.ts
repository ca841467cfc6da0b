import { z } from 'zod'
import type { AuditAction } from '../../domain/audit.ts'
import { type Fault, faultsIn, PerennialError, refusal, unprocessable } from '../../domain/errors.ts'
import { reachWarnings } from '../../domain/segment/raw-reach.ts'
import { describeRule, ruleSchema } from '../../domain/segment/rule.ts'
import type { Texts } from '../../domain/texts/texts.ts'
import { ruleWarnings } from '../../prisma/queries/attributes.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { listMembers, previewMembers } from '../../prisma/queries/members.ts'
import { movesOf } from '../../prisma/queries/segment-history.ts'
import { usesOfSegment } from '../../prisma/queries/segment-uses.ts'
import {
  deleteSegment,
  findSegment,
  insertSegment,
  listSegments,
  replaceSegment,
  ruleContext,
  ruleFaults,
  type SegmentRow,
} from '../../prisma/queries/segments.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import type { Deps, Routes } from '../deps.ts'
import { textsOf } from '../language.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'
import { checkVersion, tag } from '../versions.ts'

const keySchema = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}_.-]*$/u,
    'a key is made of letters, digits, "-", "_" and ".", and begins with a letter or digit',
  )
const segmentParams = z.object({ key: z.string().max(400) })
const nameSchema = z.string().trim().min(1).max(200)

// What was read may be sent back as it came.
const readOnly = {
  version: z.int().optional(),
  summary: z.string().optional(),
  warnings: z.array(z.unknown()).optional(),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
}
const bodySchema = z.strictObject({ key: keySchema, name: nameSchema, rule: ruleSchema, ...readOnly })
const changeSchema = bodySchema.extend({ key: keySchema.optional() })

const warningsSchema = z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional()

const answerSchema = z
  .object({
    key: z.string(),
    name: z.string(),
    rule: ruleSchema,
    summary: z.string().meta({ description: 'The rule in plain words.' }),
    version: z.int(),
    warnings: warningsSchema.meta({
      description: 'Where one segment is asked for: windows beyond what raw events are kept for, which count what is left.',
    }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Segment' })

const previewSchema = z.object({
  count: z.int(),
  of: z.int(),
  sample: z.array(z.string()),
  summary: z.string().meta({ description: 'The rule in plain words.' }),
  warnings: warningsSchema.meta({
    description: 'Comparisons that nothing can pass, such as a number with text; windows beyond what raw events are kept for.',
  }),
  tookMs: z.number(),
})
const memberSchema = z.object({
  externalId: z.string(),
  email: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
})

const listQuery = pageQuery.extend({
  q: z.string().trim().max(200).optional().meta({ description: 'Part of the name or the key, whatever its case' }),
})

const useSchema = {
  name: z.string(),
  through: z
    .string()
    .optional()
    .meta({ description: 'Key of the segment by way of which it is used; absent where it is named itself' }),
}
const usesSchema = z
  .object({
    segments: z.array(z.object({ key: z.string(), ...useSchema })),
    campaigns: z.array(z.object({ id: z.string(), ...useSchema, draft: z.boolean(), running: z.boolean() })).meta({
      description: 'Newest first, at most 500; draft: the stored document names it, running: the version under way does',
    }),
  })
  .meta({ id: 'SegmentUses' })

const moveSchema = z.object({ at: z.iso.datetime(), externalId: z.string(), change: z.enum(['entered', 'left']) })

/** The same faults, said of the rule as it stands in a request. */
const underRule = (faults: readonly Fault[]): Fault[] => faults.map(each => ({ ...each, path: `/rule${each.path}` }))

/** What an answer says of a rule besides: nothing where there is nothing to warn of. */
const warned = (warnings: readonly Fault[], texts: Texts) =>
  warnings.length > 0 ? { warnings: faultsIn(underRule(warnings), texts) } : {}

const show = (row: SegmentRow, texts: Texts): z.infer<typeof answerSchema> => ({
  key: row.key,
  name: row.name,
  rule: row.rule,
  summary: describeRule(row.rule, texts),
  version: row.version,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
})

const unknown = (key: string) => new PerennialError('notFound', t => t.refusals.noSegmentNamed(key))

/** The segment a path or query names. Throws `notFound`. */
async function segmentOf(deps: Deps, key: string): Promise<SegmentRow> {
  const row = await findSegment(deps.db, key)
  if (!row) throw unknown(key)
  return row
}

/** Saved rules, what they count now and whom they mean. */
export const segments: Routes = (app, deps) => {
  const tags = ['segments']
  const audit = (actor: string, action: AuditAction, target: string) => ({ at: deps.clock(), actor, action, target })

  app.get(
    '/v1/segments',
    { config: { needs: 'read' }, schema: { tags, querystring: listQuery, response: { 200: pageOf(answerSchema) } } },
    async request => {
      const { limit, cursor, q } = request.query
      const rows = await listSegments(deps.db, limit + 1, decodeCursor(cursor, z.string()), q)
      return page(
        rows,
        limit,
        row => row.key,
        row => show(row, textsOf(request)),
      )
    },
  )

  app.post(
    '/v1/segments',
    { config: { needs: 'draft', idempotent: true }, schema: { tags, body: bodySchema, response: { 201: answerSchema } } },
    async (request, reply) => {
      const { key, name, rule } = request.body
      const row = await deps.db.transaction(async tx => {
        const made = await insertSegment(tx, { key, name, rule, at: deps.clock() })
        await recordAudit(tx, audit(request.actor.name, 'segment.made', key))
        return made
      })
      return tag(reply.code(201), row.version).send(show(row, textsOf(request)))
    },
  )

  app.post(
    '/v1/segments/preview',
    {
      // Counting reads and changes nothing.
      config: { needs: 'read' },
      schema: { tags, body: z.strictObject({ rule: ruleSchema }), response: { 200: previewSchema } },
    },
    async request => {
      const { rule } = request.body
      const begun = performance.now()
      const faults = underRule(await ruleFaults(deps.db, rule))
      if (faults[0]) throw refusal('unprocessable', faults)
      const context = await ruleContext(deps.db, deps.clock())
      const counted = await previewMembers(deps.db, rule, context)
      const { eventRetention } = await readSettings(deps.db, deps.config)
      const warnings = [...(await ruleWarnings(deps.db, rule, context.eventId)), ...reachWarnings(rule, eventRetention, context)]
      return {
        ...counted,
        ...warned(warnings, textsOf(request)),
        summary: describeRule(rule, textsOf(request)),
        tookMs: Math.round((performance.now() - begun) * 10) / 10,
      }
    },
  )

  app.get(
    '/v1/segments/:key',
    { config: { needs: 'read' }, schema: { tags, params: segmentParams, response: { 200: answerSchema } } },
    async (request, reply) => {
      const row = await segmentOf(deps, request.params.key)
      const { eventRetention } = await readSettings(deps.db, deps.config)
      const warnings = reachWarnings(row.rule, eventRetention, await ruleContext(deps.db, deps.clock()))
      const texts = textsOf(request)
      return tag(reply, row.version).send({ ...show(row, texts), ...warned(warnings, texts) })
    },
  )

  app.put(
    '/v1/segments/:key',
    { config: { needs: 'draft' }, schema: { tags, params: segmentParams, body: changeSchema, response: { 200: answerSchema } } },
    async (request, reply) => {
      const { key } = request.params
      const { name, rule } = request.body
      if (request.body.key !== undefined && request.body.key !== key) {
        throw unprocessable(
          '/key',
          'keyChanged',
          t => t.refusals.keyStays,
          t => t.refusals.newSegment,
        )
      }
      const row = await deps.db.transaction(async tx => {
        const changed = await replaceSegment(tx, { key, name, rule, at: deps.clock() }, standing =>
          checkVersion(request, standing),
        )
        if (!changed) throw unknown(key)
        await recordAudit(tx, { ...audit(request.actor.name, 'segment.changed', key), facts: { version: changed.version } })
        return changed
      })
      return tag(reply, row.version).send(show(row, textsOf(request)))
    },
  )

  app.delete(
    '/v1/segments/:key',
    { config: { needs: 'draft' }, schema: { tags, params: segmentParams, response: { 204: z.null() } } },
    async (request, reply) => {
      const { key } = request.params
      await deps.db.transaction(async tx => {
        if (!(await deleteSegment(tx, key, standing => checkVersion(request, standing)))) throw unknown(key)
        await recordAudit(tx, audit(request.actor.name, 'segment.deleted', key))
      })
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/v1/segments/:key/members',
    {
      config: { needs: 'read' },
      schema: { tags, params: segmentParams, querystring: pageQuery, response: { 200: pageOf(memberSchema) } },
    },
    async request => {
      const { rule } = await segmentOf(deps, request.params.key)
      const { limit, cursor } = request.query
      const context = await ruleContext(deps.db, deps.clock())
      const rows = await listMembers(deps.db, rule, context, limit + 1, decodeCursor(cursor, z.int()) ?? 0)
      return page(
        rows,
        limit,
        row => row.id,
        ({ id: _, ...member }) => member,
      )
    },
  )

  app.get(
    '/v1/segments/:key/uses',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'Which segments and campaigns a change of this segment touches',
        params: segmentParams,
        response: { 200: usesSchema },
      },
    },
    async request => usesOfSegment(deps.db, (await segmentOf(deps, request.params.key)).key),
  )

  app.get(
    '/v1/segments/:key/history',
    {
      config: { needs: 'read' },
      schema: { tags, params: segmentParams, querystring: pageQuery, response: { 200: pageOf(moveSchema) } },
    },
    async request => {
      const { key } = await segmentOf(deps, request.params.key)
      const { limit, cursor } = request.query
      const rows = await movesOf(deps.db, key, limit + 1, decodeCursor(cursor, z.int()))
      return page(
        rows,
        limit,
        row => row.id,
        ({ externalId, entered, at }) => ({
          externalId,
          change: entered ? ('entered' as const) : ('left' as const),
          at: at.toISOString(),
        }),
      )
    },
  )
}
