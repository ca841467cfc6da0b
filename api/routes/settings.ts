import { z } from 'zod'
import { refusal } from '../../domain/errors.ts'
import { checkSettings, settingsSchema } from '../../domain/settings.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import { readVersionedSettings, writeSettings } from '../../prisma/queries/settings.ts'
import type { Routes } from '../deps.ts'
import { checkVersion, tag } from '../versions.ts'

// What was read may be sent back as it came, its version included.
const bodySchema = settingsSchema.extend({ version: z.int().optional() }).meta({ id: 'Settings' })

/** What holds for the whole installation, from the next verdict on. */
export const settings: Routes = (app, deps) => {
  const tags = ['settings']

  app.get(
    '/v1/settings',
    { config: { needs: 'read' }, schema: { tags, response: { 200: bodySchema } } },
    async (_request, reply) => {
      const { settings, version } = await readVersionedSettings(deps.db, deps.config)
      tag(reply, version)
      return { ...settings, version }
    },
  )

  app.put(
    '/v1/settings',
    { config: { needs: 'manage' }, schema: { tags, body: bodySchema, response: { 200: bodySchema } } },
    async (request, reply) => {
      const { version: _, ...settings } = request.body
      const faults = checkSettings(settings)
      if (faults[0]) throw refusal('unprocessable', faults, true)
      const version = await writeSettings(deps.db, settings, async (standing, tx) => {
        checkVersion(request, standing)
        await recordAudit(tx, {
          at: deps.clock(),
          actor: request.actor.name,
          action: 'settings.changed',
          target: 'settings',
          facts: { from: standing },
        })
      })
      tag(reply, version)
      return { ...settings, version }
    },
  )
}
