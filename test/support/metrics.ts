import type { Answer, Question } from '../../domain/metric/metric-kind.ts'
import { metrics } from '../../domain/metric/metrics/index.ts'
import type { Unit } from '../../domain/metric/periods.ts'
import type { Db } from '../../prisma/client.ts'
import type { CustomerRange } from '../../prisma/queries/customer-range.ts'
import { askMetrics } from '../../prisma/queries/metrics/ask.ts'
import { factsOf } from '../../prisma/queries/metrics/facts.ts'
import { populationOf } from '../../prisma/queries/metrics/population.ts'
import { ruleContext } from '../../prisma/queries/segments.ts'

export interface Asked {
  from?: string
  to?: string
  asOf: string
  zone?: string
  period?: Unit
  by?: string
  rates?: Record<string, number>
  parts?: CustomerRange[]
  zones?: string[]
}

/** A metric asked of the database beneath the routes, with parameters as a query would bring them. */
export const askMetric = (db: Db, key: string, asked: Asked, parameters: Record<string, string> = {}): Promise<Answer> =>
  askMetrics(db, async tx => {
    const kind = metrics.find(each => each.key === key)
    if (!kind) throw new Error(`there is no metric ${key}`)
    const asOf = new Date(asked.asOf)
    const window = {
      from: new Date(asked.from ?? '1990-01-01'),
      to: new Date(Math.min(Date.parse(asked.to ?? '2100-01-01'), asOf.getTime() + 1)),
    }
    const zone = asked.zone ?? 'UTC'
    const question: Question = {
      window,
      asked: window,
      asOf,
      zone,
      period: asked.period,
      grouped: asked.by !== undefined,
      reporting: 'EUR',
    }
    const context = await ruleContext(tx, asOf)
    const population = populationOf(undefined, asked.by, context)
    const facts = factsOf({
      tx,
      population,
      eventId: context.eventId,
      asOf,
      zone,
      reporting: 'EUR',
      rates: asked.rates ?? {},
      ...(asked.parts ? { parts: asked.parts } : {}),
      ...(asked.zones ? { zones: asked.zones } : {}),
    })
    return kind.answer(kind.parameters.parse(parameters), facts, question)
  })

/** Empties the database of customers and what they did; event names stay. */
export const forget = (db: Db) =>
  db.pool.query('TRUNCATE customer, profile_told, event, event_stat, last_seen, call_seen, subscription RESTART IDENTITY')
