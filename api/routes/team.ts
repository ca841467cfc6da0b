import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { signSession } from '../../domain/session.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { changeKey, insertKey, type KeyRow, keyById, listKeys } from '../../prisma/queries/keys.ts'
import { hashKey, roleSchema } from '../auth.ts'
import type { Deps, Routes } from '../deps.ts'
import { keyNumber, noSuchKey, refuseOwn, takeBack } from '../keys.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

/** A link signs in within this time; the person then stays signed in by the page's own session. */
const linkHoldsMs = 7 * 86_400_000

const personRole = roleSchema.exclude(['ingest'])
const name = z.string().trim().min(1).max(200)
const personSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: personRole,
    you: z.boolean(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable().meta({ description: 'To the minute; null: never.' }),
  })
  .meta({ id: 'Person' })
const linkSchema = z.object({
  link: z.string().meta({ description: 'Signs the person into the page; hand it to nobody else.' }),
  until: z.iso.datetime(),
})
const params = z.object({ id: z.string() })

const show = (row: KeyRow, you: number | undefined): z.infer<typeof personSchema> => ({
  id: `key_${row.id}`,
  name: row.name,
  role: personRole.parse(row.role),
  you: row.id === you,
  createdAt: row.createdAt.toISOString(),
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
})

function linkOf({ config, clock }: Deps, hash: Buffer): z.infer<typeof linkSchema> {
  const until = clock().getTime() + linkHoldsMs
  const token = signSession(config.secretKey, 'link', { keyHash: hash.toString('hex'), until })
  return { link: `${config.publicUrl}/sign-in/${token}`, until: new Date(until).toISOString() }
}

/** The people who use the page, each with a role. What one of them may do is judged by the key of theirs, as everywhere. */
export const team: Routes = (app, deps) => {
  const config = { needs: 'manage' } as const
  const tags = ['team']

  app.get(
    '/v1/team',
    { config, schema: { tags, querystring: pageQuery, response: { 200: pageOf(personSchema) } } },
    async request => {
      const { limit, cursor } = request.query
      const rows = await listKeys(deps.db, { limit: limit + 1, before: decodeCursor(cursor, z.int()), person: true })
      return page(
        rows,
        limit,
        row => row.id,
        row => show(row, request.actor.keyId),
      )
    },
  )

  app.post(
    '/v1/team',
    {
      config: { ...config, idempotent: true, secret: true },
      schema: {
        tags,
        summary: 'Takes somebody into the team: answers the link to hand to them.',
        body: z.strictObject({ name, role: personRole }),
        response: { 201: personSchema.extend(linkSchema.shape) },
      },
    },
    async (request, reply) => {
      // Nobody ever sees this key: the link stands for it.
      const hash = hashKey(randomBytes(32).toString('base64url'))
      const at = deps.clock()
      const row = await deps.db.transaction(async tx => {
        const made = await insertKey(tx, { hash, ...request.body, person: true, at })
        const { role } = made
        await recordAudit(tx, {
          at,
          actor: request.actor.name,
          action: 'team.joined',
          target: `key_${made.id}`,
          facts: { role },
        })
        return made
      })
      return reply.code(201).send({ ...show(row, request.actor.keyId), ...linkOf(deps, hash) })
    },
  )

  app.patch(
    '/v1/team/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Another name, another role: it holds from the next request on.',
        params,
        body: z.strictObject({ name: name.optional(), role: personRole.optional() }),
        response: { 200: personSchema },
      },
    },
    async request => {
      const { id } = request.params
      const { role } = request.body
      if (role !== undefined && role !== request.actor.role) refuseOwn(request.actor, id, 'anotherRole')
      const at = deps.clock()
      const row = await deps.db.transaction(async tx => {
        const before = await keyById(tx, keyNumber(id))
        const after = before?.person ? await changeKey(tx, before.id, request.body) : undefined
        if (!before || !after) throw noSuchKey(id)
        const facts = before.role === after.role ? {} : { from: before.role, to: after.role }
        await recordAudit(tx, { at, actor: request.actor.name, action: 'team.changed', target: id, facts })
        return after
      })
      return show(row, request.actor.keyId)
    },
  )

  app.post(
    '/v1/team/:id/link',
    {
      config,
      schema: { tags, summary: 'A new link for somebody of the team.', params, response: { 200: linkSchema } },
    },
    async request => {
      const { id } = request.params
      const row = await keyById(deps.db, keyNumber(id))
      if (!row?.person) throw noSuchKey(id)
      await recordAudit(deps.db, { at: deps.clock(), actor: request.actor.name, action: 'team.linked', target: id })
      return linkOf(deps, row.hash)
    },
  )

  app.delete('/v1/team/:id', { config, schema: { tags, params, response: { 204: z.null() } } }, async (request, reply) => {
    await takeBack(deps, request.actor, request.params.id)
    return reply.code(204).send(null)
  })
}
