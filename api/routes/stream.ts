import type { ServerResponse } from 'node:http'
import { type Topic, topics, writesByTopic } from '../../prisma/queries/stream.ts'
import type { Routes } from '../deps.ts'
import { entryOf, pageFiles } from '../page-files.ts'

const lookEveryMs = 1_000
const beatEveryMs = 15_000

/**
 * Server-sent events for the page: `page`, first of all, names the script it begins with, so that an old tab knows; `change` names the
 * topics whose rows changed, nothing about anybody. One look a second at
 * the database, however many listen; none when nobody does.
 */
export const stream: Routes = (app, deps) => {
  const entry = entryOf(pageFiles())
  const listeners = new Set<ServerResponse>()
  let seen: Record<Topic, number> | undefined
  let looking: NodeJS.Timeout | undefined

  const tell = (text: string) => {
    for (const listener of listeners) listener.write(text)
  }
  const look = async () => {
    const now = await writesByTopic(deps.db).catch(() => undefined)
    const before = seen
    const changed = now && before ? topics.filter(topic => now[topic] !== before[topic]) : []
    if (now) seen = now
    if (changed.length > 0) tell(`event: change\ndata: ${JSON.stringify(changed)}\n\n`)
    looking = listeners.size > 0 ? setTimeout(look, lookEveryMs).unref() : undefined
  }
  const beat = setInterval(() => tell(': still here\n\n'), beatEveryMs).unref()
  app.addHook('preClose', async () => {
    clearInterval(beat)
    for (const listener of listeners) listener.end()
  })

  app.get(
    '/v1/stream',
    { config: { needs: 'read' }, schema: { tags: ['session'], summary: 'Server-sent events: which topics have changed.' } },
    (request, reply) => {
      reply.hijack()
      const response = reply.raw
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-content-type-options': 'nosniff',
      })
      response.write(`retry: 2000\n\n${entry ? `event: page\ndata: ${JSON.stringify(entry)}\n\n` : ''}`)
      listeners.add(response)
      if (!looking) {
        seen = undefined
        looking = setTimeout(look, 0).unref()
      }
      request.raw.once('close', () => listeners.delete(response))
    },
  )
}
