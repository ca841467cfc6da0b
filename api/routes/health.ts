import { z } from 'zod'
import { type Fault, fault, PerennialError } from '../../domain/errors.ts'
import { asWritten } from '../../domain/texts/texts.ts'
import { newestHeartbeat } from '../../prisma/queries/health.ts'
import type { Routes } from '../deps.ts'

/** A worker that has not been heard of for this long does not count. */
const heartbeatWithinMs = 15_000
const patienceMs = 2_500

/** Whether the process lives, whether all it needs answers, what it has measured, and what it offers. */
export const health: Routes = (app, deps) => {
  app.get('/healthz', { schema: { tags: ['health'], response: { 200: z.object({ ok: z.literal(true) }) } } }, async () => ({
    ok: true as const,
  }))

  app.get('/readyz', { schema: { tags: ['health'], response: { 200: z.object({ ready: z.literal(true) }) } } }, async () => {
    const parts = {
      database: async () => void (await deps.db.pool.query('select 1')),
      temporal: () => deps.temporal.ready(),
      worker: async () => {
        const at = await newestHeartbeat(deps.db)
        if (!at) throw new Error('no worker has started yet')
        const silentMs = deps.clock().getTime() - at.getTime()
        if (silentMs > heartbeatWithinMs) throw new Error(`no worker was heard of for ${Math.round(silentMs / 1000)} s`)
      },
    }
    const faults = await Promise.all(Object.entries(parts).map(([name, check]) => faultOf(name, check)))
    const away = faults.filter(fault => fault !== undefined)
    if (away.length > 0)
      throw new PerennialError('unavailable', asWritten(away.map(fault => fault.message).join('; ')), { faults: away })
    return { ready: true as const }
  })

  app.get('/metrics', { schema: { tags: ['health'] } }, async (_request, reply) => {
    reply.type(app.counters.registry.contentType).serializer(String)
    return app.counters.registry.metrics()
  })

  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    reply.type('application/json; charset=utf-8').serializer(JSON.stringify)
    return app.swagger()
  })
}

async function faultOf(name: string, check: () => Promise<void>): Promise<Fault | undefined> {
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), patienceMs)
    })
    await Promise.race([check(), late])
    return undefined
  } catch (error) {
    const why = name === 'worker' || (error as Error).message === 'no answer' ? (error as Error).message : 'does not answer'
    return fault(`/${name}`, 'away', asWritten(`${name}: ${why}`))
  } finally {
    clearTimeout(timer)
  }
}
