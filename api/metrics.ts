import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { App, Deps } from './deps.ts'

declare module 'fastify' {
  interface FastifyInstance {
    counters: Counters
  }
}

export interface Counters {
  registry: Registry
  calls: Counter<'outcome'>
}

/** Measures every request by its route pattern, never by its path: paths name people. */
export function measure(app: App, deps: Deps): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'perennial_http_request_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const calls = new Counter({
    name: 'perennial_ingested_calls_total',
    help: 'Calls taken in, by what became of them',
    labelNames: ['outcome'],
    registers: [registry],
  })
  new Counter({
    name: 'perennial_lost_rings_total',
    help: 'Rings that did not reach their run; it looks by itself within 30 s',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(deps.temporal.lostRings())
    },
  })
  app.decorate('counters', { registry, calls })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    const seconds = reply.elapsedTime / 1000
    durations.labels(request.method, route, String(reply.statusCode)).observe(seconds)
    request.log.info(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime), requestId: request.id },
      'answered',
    )
  })
}
