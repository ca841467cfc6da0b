import { z } from 'zod'
import { auditPage } from '../../prisma/queries/audit-list.ts'
import type { Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'

const entrySchema = z
  .object({
    at: z.iso.datetime(),
    actor: z.string(),
    actorLabel: z.string().nullable().meta({ description: 'What the key of the actor is called.' }),
    action: z.string(),
    target: z.string(),
    facts: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' })

/** Who did what to what. */
export const audit: Routes = (app, deps) => {
  app.get(
    '/v1/audit',
    {
      config: { needs: 'manage' },
      schema: { tags: ['settings'], querystring: pageQuery, response: { 200: pageOf(entrySchema) } },
    },
    async request => {
      const { limit, cursor } = request.query
      const rows = await auditPage(deps.db, limit + 1, decodeCursor(cursor, z.int()))
      return page(
        rows,
        limit,
        row => row.id,
        ({ id: _, at, ...row }) => ({ ...row, at: at.toISOString() }),
      )
    },
  )
}
