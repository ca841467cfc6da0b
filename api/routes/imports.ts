import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PerennialError } from '../../domain/errors.ts'
import { importIds, workflowIds } from '../../domain/ids.ts'
import { constantSchema, importFormats, importKinds, mappingSchema } from '../../domain/import/layout.ts'
import { isLineFault, lineSays } from '../../domain/import/line.ts'
import { readLines } from '../../domain/import/read.ts'
import { isSuppression } from '../../domain/import/suppression-row.ts'
import { issueSays } from '../../domain/texts/field.ts'
import { type Texts, textsIn } from '../../domain/texts/texts.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { dropImport, findImport, type ImportRow, listImports, openImport, rejectionsOf } from '../../prisma/queries/imports.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import type { Deps, Routes } from '../deps.ts'
import { holdKey } from '../idempotency.ts'
import { textsOf } from '../language.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'
import { beginUpload, firstPart, receiveFile } from '../upload.ts'

/** An object as URL-encoded JSON. */
const jsonParam = <Value>(schema: z.ZodType<Value>, example: string) =>
  z
    .string()
    .max(100_000)
    .default('{}')
    .transform((text, context): Value => {
      try {
        const read = schema.safeParse(JSON.parse(text), { reportInput: true })
        if (read.success) return read.data
        for (const issue of read.error.issues)
          context.issues.push({
            code: 'custom',
            input: text,
            path: issue.path,
            message: issue.message,
            params: { says: issueSays(issue) },
          })
      } catch {
        context.issues.push({
          code: 'custom',
          input: text,
          message: `must be URL-encoded JSON, for example ${example}`,
          params: { says: (t: Texts) => t.lines.urlJson(example) },
        })
      }
      return z.NEVER
    })

/** Whatever bytes come: they are read line by line later. */
const fileSchema = z.unknown().meta({ type: 'string', format: 'binary', description: 'A CSV file with a header, or NDJSON.' })

const uploadQuery = z.object({
  kind: z.enum(importKinds).default('events'),
  format: z.enum(importFormats).optional(),
  mapping: jsonParam(mappingSchema, '{"customer_id":"externalId"}'),
  constant: jsonParam(constantSchema, '{"event":"Order Completed"}'),
})

const summarySchema = z.object({
  id: z.string(),
  kind: z.enum(importKinds),
  format: z.enum(importFormats),
  status: z.enum(['running', 'completed', 'failed']),
  total: z.int().optional().meta({ description: 'Lines of the file that say something; known at the end.' }),
  accepted: z.int().meta({ description: 'Lines that were understood, those that were known already among them.' }),
  duplicates: z.int().meta({ description: 'Of the accepted: those that changed nothing because they had been seen before.' }),
  rejected: z.int(),
  bytes: z.int(),
  bytesRead: z.int(),
  error: z.string().optional(),
  createdAt: z.iso.datetime(),
  completedAt: z.iso.datetime().optional(),
})
const rejectionSchema = z.object({ line: z.int(), code: z.string(), message: z.string() })
const answerSchema = summarySchema.extend({ rejections: z.array(rejectionSchema) }).meta({ id: 'Import' })
const rowSchema = z.looseObject({ line: z.int() })
const previewSchema = z.object({
  format: z.enum(importFormats),
  delimiter: z.string().optional(),
  fields: z.array(z.string().nullable()),
  rows: z.array(rowSchema),
  rejections: z.array(rejectionSchema),
})

const previewed = 20

/** Why a file was given up, where that has a text; what was kept before there were languages stays as it is. */
const givenUp = (error: string, texts: Texts): string =>
  error === 'unreadable' || error === textsIn.en.lines.unreadable ? texts.lines.unreadable : error

function show(row: ImportRow, texts: Texts): z.infer<typeof summarySchema> {
  return {
    id: importIds.show(row.id),
    kind: row.kind,
    format: row.format,
    status: row.status === 'receiving' ? 'running' : row.status,
    ...(row.total === null ? {} : { total: row.total }),
    accepted: row.accepted,
    duplicates: row.duplicates,
    rejected: row.rejected,
    bytes: row.bytes,
    bytesRead: row.status === 'completed' ? row.bytes : Math.min(row.position.offset, row.bytes),
    ...(row.error === null ? {} : { error: givenUp(row.error, texts) }),
    createdAt: row.createdAt.toISOString(),
    ...(row.completedAt === null ? {} : { completedAt: row.completedAt.toISOString() }),
  }
}

/** The bytes of a request as they arrive. */
function bodyOf(request: FastifyRequest): AsyncIterable<Buffer> {
  if (/^multipart\//i.test(request.headers['content-type'] ?? ''))
    throw new PerennialError('unsupportedMedia', t => t.refusals.sendFileItself)
  return request.body instanceof Readable ? request.body : Readable.from([])
}

/** Files of customers, events and consents: kept as they arrive, read by a workflow. */
export const imports: Routes = (root, deps) => {
  root.register(async scope => {
    const app = scope.withTypeProvider<ZodTypeProvider>()
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    const tags = ['imports']
    const consumes = ['text/csv', 'application/x-ndjson']

    app.post(
      '/v1/imports',
      {
        config: { needs: 'manage' },
        schema: { tags, consumes, querystring: uploadQuery, body: fileSchema, response: { 202: z.object({ id: z.string() }) } },
      },
      async (request, reply) => {
        const { format, ...plan } = request.query
        const received = await receiveFile(deps, bodyOf(request), plan, { format, actor: request.actor.name })
        let first = false
        try {
          first = await holdKey(deps, request, reply, received.digest)
        } finally {
          if (!first) await dropImport(deps.db, received.id)
        }
        if (!first) return reply
        const id = importIds.show(received.id)
        await deps.db.transaction(async tx => {
          await openImport(tx, received.id, received.bytes)
          await recordAudit(tx, {
            at: deps.clock(),
            actor: request.actor.name,
            action: 'import.begun',
            target: id,
            facts: { kind: plan.kind },
          })
        })
        await startImport(deps, received.id)
        return reply.code(202).header('location', `/v1/imports/${id}`).send({ id })
      },
    )

    app.post(
      '/v1/imports/preview',
      {
        config: { needs: 'draft' },
        schema: { tags, consumes, querystring: uploadQuery, body: fileSchema, response: { 200: previewSchema } },
      },
      async request => {
        const { format, ...plan } = request.query
        const texts = textsOf(request)
        const { bytes, whole } = await firstPart(bodyOf(request))
        const begun = beginUpload(bytes, plan, format)
        const { defaultRegion: region } = await readSettings(deps.db, deps.config)
        const { lines } = readLines(
          bytes.subarray(begun.position.offset),
          begun.position,
          { ...plan, format: begun.format },
          { receivedAt: deps.clock(), region },
          { last: whole, atMost: previewed },
        )
        return {
          format: begun.format,
          ...(begun.position.layout ? { delimiter: begun.position.layout.delimiter } : {}),
          fields: begun.position.layout?.fields ?? [],
          rows: lines.flatMap(({ line, read }): z.infer<typeof rowSchema>[] => {
            if (isLineFault(read)) return []
            if (isSuppression(read))
              return [{ line, suppressed: read.suppressed.map(each => ({ ...each, at: each.at.toISOString() })) }]
            const { kind, customer, event, at, properties, traits, consents } = read
            return [
              {
                line,
                type: kind,
                externalId: customer,
                ...(event ? { event, properties } : { traits }),
                timestamp: at.toISOString(),
                consents,
              },
            ]
          }),
          rejections: lines.flatMap(({ line, read }) =>
            isLineFault(read) ? [{ line, code: read.code, message: lineSays(read, texts) ?? read.code }] : [],
          ),
        }
      },
    )

    app.get(
      '/v1/imports',
      { config: { needs: 'read' }, schema: { tags, querystring: pageQuery, response: { 200: pageOf(summarySchema) } } },
      async request => {
        const { limit, cursor } = request.query
        const texts = textsOf(request)
        return page(
          await listImports(deps.db, limit + 1, decodeCursor(cursor, z.int())),
          limit,
          row => row.id,
          row => show(row, texts),
        )
      },
    )

    app.get(
      '/v1/imports/:id',
      {
        config: { needs: 'read' },
        schema: { tags, params: z.object({ id: z.string().max(40) }), response: { 200: answerSchema } },
      },
      async request => {
        const number = importIds.read(request.params.id)
        const row = number === undefined || number > 2 ** 31 - 1 ? undefined : await findImport(deps.db, number)
        if (!row) throw new PerennialError('notFound', t => t.refusals.noImport(request.params.id))
        const texts = textsOf(request)
        const kept = await rejectionsOf(deps.db, row.id)
        const rejections = kept.map(({ line, code, message, said }) => ({
          line,
          code,
          message: (said && lineSays(said, texts)) ?? message,
        }))
        return { ...show(row, texts), rejections }
      },
    )
  })
}

/** The file is kept: while Temporal is away it waits, and a worker starts its reading as soon as it can. */
async function startImport(deps: Deps, id: number): Promise<void> {
  try {
    await deps.temporal.start('importFile', workflowIds.import(id), { import: id })
  } catch (error) {
    if (!(error instanceof PerennialError) || error.code !== 'unavailable') throw error
    deps.log.warn({ import: id }, 'Temporal is away: the import begins when it is back')
  }
}
