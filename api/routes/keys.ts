import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { PerennialError } from '../../domain/errors.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { insertKey, type KeyRow, listKeys, revokeKey } from '../../prisma/queries/keys.ts'
import { hashKey, roleSchema } from '../auth.ts'
import type { Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

const keySchema = z
  .object({ id: z.string(), name: z.string(), role: roleSchema, createdAt: z.iso.datetime() })
  .meta({ id: 'Key' })
const madeSchema = keySchema.extend({ key: z.string().meta({ description: 'Shown this once; only its hash is kept.' }) })
const bodySchema = z.strictObject({ name: z.string().trim().min(1).max(200), role: roleSchema })

const show = (row: KeyRow) => ({
  id: `key_${row.id}`,
  name: row.name,
  role: roleSchema.parse(row.role),
  createdAt: row.createdAt.toISOString(),
})

/** The owner hands out keys of a role, and takes them back. */
export const keys: Routes = (app, deps) => {
  const config = { needs: 'manage' } as const
  const tags = ['keys']

  app.get(
    '/v1/keys',
    { config, schema: { tags, querystring: pageQuery, response: { 200: pageOf(keySchema) } } },
    async request => {
      const { limit, cursor } = request.query
      const rows = await listKeys(deps.db, limit + 1, decodeCursor(cursor, z.int()))
      return page(rows, limit, row => row.id, show)
    },
  )

  app.post(
    '/v1/keys',
    { config: { ...config, idempotent: true }, schema: { tags, body: bodySchema, response: { 201: madeSchema } } },
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
      const id = Number(/^key_([1-9]\d{0,8})$/.exec(request.params.id)?.[1] ?? 0)
      const at = deps.clock()
      const revoked = await deps.db.transaction(async tx => {
        const done = id > 0 && (await revokeKey(tx, id, at))
        if (done) await recordAudit(tx, { at, actor: request.actor.name, action: 'key.revoked', target: `key_${id}` })
        return done
      })
      if (!revoked) throw new PerennialError('notFound', `There is no key ${request.params.id.slice(0, 40)} that holds.`)
      return reply.code(204).send(null)
    },
  )
}
