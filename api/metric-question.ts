import { z } from 'zod'
import { fault, PerennialError, unprocessable } from '../domain/errors.ts'
import type { Question } from '../domain/metric/metric-kind.ts'
import { parameters } from '../domain/metric/parameters.ts'
import { endOfDate, startOfDate } from '../domain/metric/periods.ts'
import { momentOf } from '../domain/segment/moment.ts'
import { pathPattern } from '../domain/segment/value.ts'
import { field } from '../domain/texts/field.ts'
import { isTimeZone } from '../domain/time.ts'

const moment = (what: string) =>
  z
    .string()
    .refine(text => momentOf(text) !== undefined, { error: field(t => t.fields.isoDateUtc) })
    .optional()
    .describe(what)

/** The query of a metric: what all take, and the parameters of each. */
export const metricQuery = z.strictObject({
  from: moment('Where the window begins; a date begins with its first moment in the reporting zone.'),
  to: moment('Where it ends, itself left out; now when absent.'),
  asOf: moment('What came later is not known; now when absent. A date means its end.'),
  segment: z.string().min(1).max(100).optional().describe('Only customers of this segment, as it is now.'),
  by: z
    .string()
    .max(200)
    .regex(pathPattern, { error: field(t => t.fields.groupBy) })
    .optional()
    .describe('day, week or month: a series or cohorts. plan, timezone, locale or an attribute: a table of groups.'),
  timezone: z.string().min(1).max(100).optional().describe('The reporting zone; the default zone of the settings when absent.'),
  ...parameters,
})
export type MetricQuery = z.output<typeof metricQuery>

const units = ['day', 'week', 'month'] as const
const isDate = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text)

/** Where the window begins, unless it was said: told by whoever knows the first event. */
export type Begin = '30 days before' | { firstEvent: Date | undefined }

/**
 * Reads the query as a question, with the attribute to group by when one is named. Throws `unprocessable` for what cannot be: an
 * unknown zone, a window that ends before it begins, an `asOf` ahead of now.
 */
export function readQuestion(
  query: MetricQuery,
  begin: Begin,
  settings: { now: Date; zone: string; reporting: string },
): { question: Question; groupBy: string | undefined } {
  const zone = query.timezone ?? settings.zone
  if (!isTimeZone(zone)) throw unprocessable('/querystring/timezone', 'unknownTimezone', t => t.refusals.noZone(zone))
  const start = (text: string) => (isDate(text) ? startOfDate(text, zone) : new Date(momentOf(text) ?? Number.NaN))
  const asOf = query.asOf === undefined ? settings.now : isDate(query.asOf) ? endOfDate(query.asOf, zone) : start(query.asOf)
  if (asOf > settings.now && (query.asOf === undefined || start(query.asOf) > settings.now))
    throw unprocessable('/querystring/asOf', 'future', t => t.refusals.asOfAhead)
  // The last known millisecond belongs to the window that ends now.
  const known = new Date(asOf.getTime() + 1)
  const to = query.to === undefined ? known : start(query.to)
  const from = query.from === undefined ? defaultFrom(begin, to) : start(query.from)
  if (from >= to)
    throw new PerennialError('unprocessable', t => t.refusals.windowEndsFirst, {
      faults: [fault('/querystring/to', 'emptyWindow', t => t.refusals.laterThanFrom)],
    })
  const period = units.find(unit => unit === query.by)
  const groupBy = period === undefined ? query.by : undefined
  const window = { from, to: new Date(Math.max(Math.min(to.getTime(), known.getTime()), from.getTime())) }
  const question = {
    window,
    asked: { from, to },
    asOf,
    zone,
    period,
    grouped: groupBy !== undefined,
    reporting: settings.reporting,
  }
  return { question, groupBy }
}

function defaultFrom(begin: Begin, to: Date): Date {
  const monthBefore = new Date(to.getTime() - 30 * 86_400_000)
  if (begin === '30 days before' || begin.firstEvent === undefined) return monthBefore
  return begin.firstEvent < to ? begin.firstEvent : monthBefore
}
