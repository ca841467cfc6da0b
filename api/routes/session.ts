import { z } from 'zod'
import { fault, PerennialError } from '../../domain/errors.ts'
import { readSession } from '../../domain/session.ts'
import { type Actor, actorOf, hashKey, roleSchema } from '../auth.ts'
import type { Deps, Routes } from '../deps.ts'
import { closeSession, openSession } from '../session.ts'

const sessionSchema = z
  .object({
    name: z.string(),
    label: z
      .string()
      .nullable()
      .meta({ description: 'The name of the person or key; null for the owner key of the installation.' }),
    role: roleSchema,
    demo: z.boolean(),
    channels: z
      .object({ email: z.string(), sms: z.string(), inApp: z.string() })
      .meta({ description: 'Who carries the messages of each channel.' }),
    publicUrl: z.string(),
  })
  .meta({ id: 'Session' })
export type SessionView = z.infer<typeof sessionSchema>

const view = ({ config }: Deps, { name, role, label }: Actor): SessionView => ({
  name,
  role,
  label: label ?? null,
  demo: config.demo,
  channels: {
    email: config.sendgrid ? 'sendgrid' : 'sandbox',
    sms: config.twilio ? 'twilio' : 'sandbox',
    inApp: 'inbox',
  },
  publicUrl: config.publicUrl,
})

/** The web page's way in: a signed link, or a key, becomes a cookie that no script can read. */
export const session: Routes = (app, deps) => {
  const tags = ['session']

  app.get('/sign-in/:token', { config: { needs: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const { token } = request.params as { token: string }
    const at = deps.clock()
    const claim = readSession(deps.config.secretKey, 'link', token, at.getTime())
    if (claim) openSession(reply, deps.config, claim.keyHash, at)
    return reply.header('cache-control', 'no-store').redirect(claim ? '/' : '/sign-in?expired', 303)
  })

  app.get(
    '/v1/session',
    {
      config: { needs: 'read' },
      schema: { tags, summary: 'Who asks, and what this server is.', response: { 200: sessionSchema } },
    },
    async request => view(deps, request.actor),
  )

  app.post(
    '/v1/session',
    {
      config: { needs: 'public' },
      schema: { tags, body: z.strictObject({ key: z.string().min(1).max(500) }), response: { 200: sessionSchema } },
    },
    async (request, reply) => {
      const hash = hashKey(request.body.key.trim())
      const actor = await actorOf(deps, hash)
      if (!actor || actor.role === 'ingest')
        throw new PerennialError('unauthorized', actor ? t => t.refusals.eventsKey : t => t.refusals.unknownKey, {
          faults: [fault('/key', 'unknownKey', t => t.refusals.opensNothing)],
        })
      openSession(reply, deps.config, hash.toString('hex'), deps.clock())
      return view(deps, actor)
    },
  )

  app.delete(
    '/v1/session',
    { config: { needs: 'public' }, schema: { tags, response: { 204: z.null() } } },
    async (_request, reply) => {
      closeSession(reply, deps.config)
      return reply.code(204).send(null)
    },
  )
}
