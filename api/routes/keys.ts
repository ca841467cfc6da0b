import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { insertKey, type KeyRow, listKeys } from '../../prisma/queries/keys.ts'
import { hashKey, roleSchema } from '../auth.ts'
import type { Routes } from '../deps.ts'
import { takeBack } from '../keys.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    person: z.boolean().meta({ description: 'Of a person of the team, who signs into the page with it.' }),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable().meta({ description: 'To the minute; null: never.' }),
  })
  .meta({ id: 'Key' })
const madeSchema = keySchema.extend({ key: z.string().meta({ description: 'Shown this once; only its hash is kept.' }) })
const bodySchema = z.strictObject({ name: z.string().trim().min(1).max(200), role: roleSchema })
const listQuery = pageQuery.extend({ of: z.enum(['people', 'programs']).optional() })

const show = (row: KeyRow) => ({
  id: `key_${row.id}`,
  name: row.name,
  role: roleSchema.parse(row.role),
  person: row.person,
  createdAt: row.createdAt.toISOString(),
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
})

/** The owner hands out keys of a role, and takes them back. */
export const keys: Routes = (app, deps) => {
  const config = { needs: 'manage' } as const
  const tags = ['keys']

  app.get(
    '/v1/keys',
    { config, schema: { tags, querystring: listQuery, response: { 200: pageOf(keySchema) } } },
    async request => {
      const { limit, cursor, of } = request.query
      const rows = await listKeys(deps.db, {
        limit: limit + 1,
        before: decodeCursor(cursor, z.int()),
        person: of === undefined ? undefined : of === 'people',
      })
      return page(rows, limit, row => row.id, show)
    },
  )

  app.post(
    '/v1/keys',
    { config: { ...config, idempotent: true, secret: true }, schema: { tags, body: bodySchema, response: { 201: madeSchema } } },
    async (request, reply) => {
      const key = `pk_${randomBytes(24).toString('base64url')}`
      const at = deps.clock()
      const row = await deps.db.transaction(async tx => {
        const made = await insertKey(tx, { hash: hashKey(key), name: request.body.name, role: request.body.role, at })
        await recordAudit(tx, {
          at,
          actor: request.actor.name,
          action: 'key.made',
          target: `key_${made.id}`,
          facts: { role: made.role },
        })
        return made
      })
      return reply.code(201).send({ ...show(row), key })
    },
  )

  app.delete(
    '/v1/keys/:id',
    { config, schema: { tags, params: z.object({ id: z.string() }), response: { 204: z.null() } } },
    async (request, reply) => {
      await takeBack(deps, request.actor, request.params.id)
      return reply.code(204).send(null)
    },
  )
}
