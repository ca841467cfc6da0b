import { z } from 'zod'
import { unsealLink } from '../../domain/message/link-seal.ts'
import { compileLetter } from '../../domain/message/template.ts'
import { readMessageToken } from '../../domain/message/token.ts'
import { linkName, trackedLinks } from '../../domain/message/tracking.ts'
import { type LinkedMessage, linkedMessage, publishedEmail } from '../../prisma/queries/linked.ts'
import { storeReports } from '../../prisma/queries/provider-events.ts'
import { findShortLink } from '../../prisma/queries/short-links.ts'
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
/** A short link of an SMS. */
const shortCode = /^[\w-]{11}$/

/** An address as a header may carry it: one in plain characters to the letter, another as a browser would ask for it. */
const asHeader = (url: string): string => (/^[!-~]+$/.test(url) ? url : new URL(url).href)

/** Links and pictures of letters: kept as reports beside those of the providers, told from what machines do. */
export const tracking: Routes = (app, deps) => {
  const desk = newsDesk(app, deps)
  // Published letters never change, so that their links are read once.
  const links = new Map<string, Map<string, string>>()
  const readLinks = async (message: LinkedMessage) => {
    const content = await publishedEmail(deps.db, message)
    return content ? trackedLinks(compileLetter('email', content).letter) : new Map<string, string>()
  }
  const linksOf = async (message: LinkedMessage): Promise<Map<string, string>> => {
    const key = `${message.campaign}/${message.version}/${message.step}/${message.variant ?? ''}`
    const known = links.get(key) ?? (await readLinks(message))
    if (links.size > 1_000) links.clear()
    links.set(key, known)
    return known
  }

  /** What an address names: the message, and where it leads if it is one of that message's links. */
  const read = async (address: string) => {
    const nowhere = { id: undefined, picture: false, target: async () => undefined }
    if (shortCode.test(address)) {
      const link = await findShortLink(deps.db, address)
      return link ? { id: link.message, picture: false, target: async () => link.url } : nowhere
    }
    const [token = '', name = ''] = address.split('.', 2)
    const id = readMessageToken(deps.config.secretKey, 'click', token)
    if (name === 'gif') return { id, picture: true, target: async () => undefined }
    if (id === undefined) return nowhere
    const sealed = unsealLink(deps.config.secretKey, token, name)
    return {
      id,
      picture: false,
      target: async (message: LinkedMessage) => sealed ?? (await linksOf(message)).get(name),
    }
  }

  app.route({
    // HEAD is asked by those who only look where a link leads.
    method: ['GET', 'HEAD'],
    url: '/c/:token',
    config: { needs: 'public' },
    schema: {
      tags: ['people'],
      params: z.object({ token: z.string().max(8_000) }),
      response: { 200: z.string(), 302: z.string(), 404: z.string() },
    },
    handler: async (request, reply) => {
      const { id, picture, target } = await read(request.params.token)
      const message = id === undefined ? undefined : await linkedMessage(deps.db, id)
      const url = message && (await target(message))
      // Only where the message itself leads: whatever else the address names leads nowhere.
      if (!picture && !url) return sendStranger(reply)
      if (message && request.method === 'GET') {
        const now = deps.clock()
        const machine = isMachine(request.headers['user-agent'], message, now)
        await keep(deps, message.id, url === undefined ? undefined : linkName(url), machine, now)
        if (picture) desk.stir()
        else desk.stir(afterLinkMs)
      }
      reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
      if (url) return reply.redirect(asHeader(url), 302)
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
