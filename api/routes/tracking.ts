import { z } from 'zod'
import { readMessageToken } from '../../domain/message/token.ts'
import { trackedLinks } from '../../domain/message/tracking.ts'
import { type LinkedMessage, linkedMessage, publishedHtml } from '../../prisma/queries/linked.ts'
import { storeReports } from '../../prisma/queries/provider-events.ts'
import type { Deps, Routes } from '../deps.ts'
import { afterLinkMs, newsDesk } from '../news-desk.ts'
import { sendStranger } from '../people/html.ts'

/** The smallest picture there is: one transparent point. */
const point = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/**
 * Programs that fetch for nobody: crawlers, previews, mail scanners, and Apple's mail proxy, whose whole name is "Mozilla/5.0".
 * Google's image proxy is not among them: it fetches when the person opens.
 */
const machines =
  /bot\b|crawl|spider|slurp|preview|scan|monitor|curl|wget|python|java\/|go-http|okhttp|headless|phantom|barracuda|proofpoint|mimecast|safelinks|fireeye|forcepoint|symantec|trendmicro|sophos|ironport|cloudmark|^mozilla\/5\.0$|^$/i
/** Nobody opens and follows faster after it arrived. */
const fastestMs = 2_000

/** Links and pictures of letters: kept as reports beside those of the providers, told from what machines do. */
export const tracking: Routes = (app, deps) => {
  const desk = newsDesk(app, deps)
  // Published letters never change, so that their links are read once.
  const links = new Map<string, Map<string, string>>()
  const linksOf = async (message: LinkedMessage): Promise<Map<string, string>> => {
    const key = `${message.campaign}/${message.version}/${message.step}/${message.variant ?? ''}`
    const known = links.get(key) ?? trackedLinks((await publishedHtml(deps.db, message)) ?? '')
    if (links.size > 1_000) links.clear()
    links.set(key, known)
    return known
  }

  app.route({
    // HEAD is asked by those who only look where a link leads.
    method: ['GET', 'HEAD'],
    url: '/c/:token',
    config: { needs: 'public' },
    schema: {
      tags: ['people'],
      params: z.object({ token: z.string().max(200) }),
      response: { 200: z.string(), 302: z.string(), 404: z.string() },
    },
    handler: async (request, reply) => {
      const [token = '', name = ''] = request.params.token.split('.', 2)
      const id = readMessageToken(deps.config.secretKey, 'click', token)
      const picture = name === 'gif'
      const message = id === undefined ? undefined : await linkedMessage(deps.db, id)
      const target = message && !picture ? (await linksOf(message)).get(name) : undefined
      // Only where the letter itself leads: whatever else the address names leads nowhere.
      if (!picture && !target) return sendStranger(reply)
      if (message && request.method === 'GET') {
        const now = deps.clock()
        const machine = isMachine(request.headers['user-agent'], message, now)
        await keep(deps, message.id, picture ? undefined : name, machine, now)
        if (picture) desk.stir()
        else desk.stir(afterLinkMs)
      }
      reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
      if (target) return reply.redirect(target, 302)
      return reply
        .type('image/gif')
        .header('cross-origin-resource-policy', 'cross-origin')
        .send(point as unknown as string)
    },
  })
}

function isMachine(agent: string | undefined, message: LinkedMessage, now: Date): boolean {
  const arrived = message.deliveredAt ?? message.acceptedAt
  return machines.test(agent ?? '') || (arrived !== null && now.getTime() - arrived.getTime() < fastestMs)
}

const keep = (deps: Deps, message: string, link: string | undefined, machine: boolean, now: Date) =>
  storeReports(
    deps.db,
    link === undefined ? 'picture' : 'link',
    [
      {
        // The same link twice in a second is a double click.
        eventId: `${message} ${link ?? ''} ${Math.floor(now.getTime() / 1_000)}`,
        kind: link === undefined ? 'opened' : 'clicked',
        message,
        facts: { at: now.getTime(), ...(link === undefined ? {} : { link }), ...(machine ? { machine: true as const } : {}) },
      },
    ],
    now,
  )
