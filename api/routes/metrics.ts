import { z } from 'zod'
import { PerennialError, unprocessable } from '../../domain/errors.ts'
import { describeActive } from '../../domain/metric/activity.ts'
import type { Answer } from '../../domain/metric/metric-kind.ts'
import { metrics as kinds } from '../../domain/metric/metrics/index.ts'
import type { Texts } from '../../domain/texts/texts.ts'
import { milliseconds } from '../../domain/time.ts'
import { askMetrics } from '../../prisma/queries/metrics/ask.ts'
import { factsOf, firstEventAt } from '../../prisma/queries/metrics/facts.ts'
import { populationOf } from '../../prisma/queries/metrics/population.ts'
import { findSegment, ruleContext } from '../../prisma/queries/segments.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import type { Routes } from '../deps.ts'
import { textsOf } from '../language.ts'
import { metricQuery, readQuestion } from '../metric-question.ts'

const number = z.number().nullable()
const answerSchema = z
  .looseObject({
    metric: z.string(),
    definition: z.string().meta({ description: 'Which formula, over what.' }),
    describe: z.string(),
    unit: z.string().meta({ description: 'A code, the same in every language: percent, days, points, a currency …' }),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    asOf: z.iso.datetime(),
    segment: z.string().optional(),
    by: z.string().optional(),
    rawFrom: z.iso
      .datetime()
      .optional()
      .meta({ description: 'Where the window begins earlier: raw events received before are gone by `eventRetention`.' }),
    complete: z.boolean().meta({ description: 'False when the window ends later than what is known.' }),
    value: number,
    reason: z.string().optional().meta({ description: 'Why there is no value.' }),
    numerator: number,
    denominator: number,
    series: z.array(z.unknown()).optional(),
    table: z.array(z.unknown()).optional(),
  })
  .meta({ id: 'Metric' })

const listSchema = z.object({ data: z.array(z.object({ metric: z.string(), describe: z.string(), begins: z.string() })) })

const known = kinds.map(kind => kind.key)

/** The metrics of retention: each says its definition, what it was made of, and as of when. */
export const metrics: Routes = (app, deps) => {
  app.get(
    '/v1/metrics',
    {
      config: { needs: 'read' },
      schema: { tags: ['metrics'], summary: 'Which metrics there are, and what each means.', response: { 200: listSchema } },
    },
    async request => ({
      data: kinds.map(({ key, describe, begins }) => ({ metric: key, describe: describe(textsOf(request)), begins })),
    }),
  )

  app.get(
    '/v1/metrics/:metric',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['metrics'],
        summary: `One of ${known.join(', ')}. Rates are percent; what is not defined is null, with the reason.`,
        params: z.object({ metric: z.string() }),
        querystring: metricQuery,
        response: { 200: answerSchema },
      },
    },
    async request => {
      const { metric } = request.params
      const kind = kinds.find(({ key }) => key === metric)
      if (!kind) throw new PerennialError('notFound', t => t.refusals.noMetric(metric.slice(0, 100), known))
      const { query } = request
      const now = deps.clock()
      const settings = await readSettings(deps.db, deps.config)
      const segment = query.segment === undefined ? undefined : await findSegment(deps.db, query.segment)
      if (segment === null)
        throw unprocessable('/querystring/segment', 'unknownSegment', t => t.refusals.noSegment(query.segment))
      return askMetrics(deps.db, async tx => {
        const begin = kind.begins === '30 days before' ? kind.begins : { firstEvent: await firstEventAt(tx) }
        const { question, groupBy } = readQuestion(query, begin, {
          now,
          zone: settings.defaultTimezone,
          reporting: settings.currencies.reporting,
        })
        const context = await ruleContext(tx, now)
        const facts = factsOf({
          tx,
          population: populationOf(segment?.rule, groupBy, context),
          eventId: context.eventId,
          asOf: question.asOf,
          zone: question.zone,
          ...settings.currencies,
        })
        const answer = await kind.answer(parametersOf(kind, query), facts, question)
        const asked = { ...(query.segment ? { segment: query.segment } : {}), ...(query.by ? { by: query.by } : {}) }
        const kept = settings.eventRetention === null ? 0 : now.getTime() - milliseconds(settings.eventRetention)
        const gone = question.asked.from.getTime() < kept ? { rawFrom: new Date(kept).toISOString() } : {}
        return { ...show(kind, question, answer, textsOf(request)), ...gone, ...asked }
      })
    },
  )
}

/** Its own parameters of the query, which were read with it: to read them again would be to read numbers as texts. */
const parametersOf = ({ parameters }: (typeof kinds)[number], query: object) =>
  Object.fromEntries(Object.entries(query).filter(([name, value]) => name in parameters.shape && value !== undefined))

function show(
  kind: (typeof kinds)[number],
  { asked, asOf }: { asked: { from: Date; to: Date }; asOf: Date },
  answer: Answer,
  texts: Texts,
) {
  const { reason, value, numerator, denominator, definition, unit, active, series, table, ...rest } = answer
  const said = (row: unknown): unknown => {
    const { active } = row as { active?: Answer['active'] | number } // a number: so many are in the stage of that name
    return typeof active === 'object' ? { ...(row as object), active: describeActive(active, texts) } : row
  }
  return {
    metric: kind.key,
    definition,
    describe: kind.describe(texts),
    unit,
    from: asked.from.toISOString(),
    to: asked.to.toISOString(),
    asOf: asOf.toISOString(),
    complete: asked.to.getTime() <= asOf.getTime() + 1,
    value,
    ...(reason === null ? {} : { reason }),
    numerator,
    denominator,
    ...rest,
    ...(active ? { active: describeActive(active, texts) } : {}),
    ...(series ? { series: series.map(said) } : {}),
    ...(table ? { table: table.map(said) } : {}),
  }
}
