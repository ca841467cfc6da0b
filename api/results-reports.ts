import { z } from 'zod'
import { unprocessable } from '../domain/errors.ts'
import { orderEvent } from '../domain/experiment/measure.ts'
import { wilson } from '../domain/experiment/proportions.ts'
import { beforeAndAfter, type RetentionComparison, retentionComparisons } from '../domain/experiment/retention-report.ts'
import { type SampleRatio, sampleRatio } from '../domain/experiment/stratified-srm.ts'
import type { Result } from '../domain/metric/result.ts'
import type { Texts } from '../domain/texts/texts.ts'
import { durationSchema, milliseconds } from '../domain/time.ts'
import { atOneMoment } from '../prisma/queries/one-moment.ts'
import { type BuyerCounts, campaignBuyers, contactedInHoldout, programmeBuyers } from '../prisma/queries/outcome-retention.ts'
import { readSettings } from '../prisma/queries/settings.ts'
import type { Deps } from './deps.ts'
import { campaignOf } from './routes/campaigns.ts'

const day = 86_400_000
const moment = z.iso.datetime({ offset: true })

const activeEvent = z.string().min(1).max(200).optional().meta({
  description: 'What somebody does who is active, for CRR, churn and the share of active ones; default: “Order Completed”.',
})

export const programmeQuery = z.object({
  activeEvent,
  from: moment.optional().meta({ description: 'Default: 90 days before `to`.' }),
  to: moment.optional().meta({ description: 'Default: now.' }),
})
export const compareQuery = z.object({
  activeEvent,
  campaigns: z.string().min(1).max(1_000).meta({ description: 'Ids joined by commas, at most twenty.' }),
  window: durationSchema.default('90d').meta({ description: 'How long before and after entering is looked at.' }),
})

const interval = z.tuple([z.number(), z.number()]).nullable()
const value = z.object({ value: z.number().nullable(), reason: z.string().nullable() })
const metrics = z.object({ crr: value, churn: value, repeatRate: value, clv: value, revenuePerCustomer: value })
const comparison = z.object({
  metric: z.enum(['crr', 'churn', 'repeatRate', 'active', 'revenuePerCustomer', 'clv']),
  note: z.string(),
  difference: z.number().nullable(),
  interval,
  relative: z.object({ lift: z.number().nullable(), interval }),
  p: z.number().nullable(),
  method: z.object({ name: z.string(), nStar: z.number(), alpha: z.number() }),
  fixed: z.object({ interval, p: z.number().nullable(), test: z.string() }),
})
const group = z.object({
  group: z.string(),
  customers: z.int(),
  before: metrics,
  after: metrics,
  active: z.object({ customers: z.int(), rate: z.number().nullable(), interval }),
})

export const programmeSchema = z
  .object({
    asOf: z.iso.datetime(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    share: z.number(),
    definition: z.string(),
    currency: z.string().nullable(),
    groups: z.array(group),
    comparisons: z.array(comparison),
    incremental: z.object({
      customers: z.number().nullable(),
      customersInterval: interval,
      revenue: z.number().nullable(),
      revenueInterval: interval,
    }),
    srm: z.object({ p: z.number(), ok: z.boolean() }).nullable(),
    contactedInHoldout: z.int(),
    because: z.string(),
  })
  .meta({ id: 'ProgrammeResults' })

export const compareSchema = z
  .object({
    asOf: z.iso.datetime(),
    window: z.string(),
    definition: z.string(),
    campaigns: z.array(
      z.object({
        currency: z.string().nullable(),
        campaign: z.string(),
        name: z.string(),
        customers: z.int(),
        groups: z.array(group),
        comparisons: z.array(comparison),
        because: z.string(),
      }),
    ),
  })
  .meta({ id: 'CampaignComparison' })

const pair = (range: readonly [number, number] | null): [number, number] | null => range && [range[0], range[1]]

const mixed: Result = { value: null, reason: 'mixed_currency' }

function groupView(buyers: BuyerCounts, addable: boolean): z.infer<typeof group> {
  const { before, after } = beforeAndAfter(buyers)
  const plain = (of: typeof before) => (addable ? of : { ...of, clv: mixed, revenuePerCustomer: mixed })
  return {
    group: buyers.group,
    customers: buyers.customers,
    before: plain(before),
    after: plain(after),
    active: {
      customers: buyers.activeAfter,
      rate: buyers.customers === 0 ? null : buyers.activeAfter / buyers.customers,
      interval: pair(wilson({ n: buyers.customers, successes: buyers.activeAfter }, 0.05)),
    },
  }
}

const comparisonView = (each: RetentionComparison): z.infer<typeof comparison> => ({
  metric: each.metric,
  note: each.note,
  difference: each.difference,
  interval: pair(each.interval),
  relative: { lift: each.relative.lift, interval: pair(each.relative.interval) },
  p: each.p,
  method: each.method,
  fixed:
    each.fixed.test === 'none'
      ? { interval: null, p: null, test: 'none' }
      : { interval: pair(each.fixed.interval), p: each.fixed.p, test: each.fixed.test },
})

/** A planned total that stays as it is while the number of customers grows a little: the power of ten below. */
const nStarFor = (customers: number): number => Math.max(5_000, 10 ** Math.floor(Math.log10(Math.max(1, customers))))

function compared(groups: readonly BuyerCounts[], mine: string, addable: boolean): z.infer<typeof comparison>[] {
  const [one, two] = [groups.find(each => each.group === mine), groups.find(each => each.group === 'holdout')]
  if (!one || !two) return []
  return retentionComparisons(one, two, nStarFor(one.customers + two.customers), 0.05)
    .filter(each => addable || (each.metric !== 'revenuePerCustomer' && each.metric !== 'clv'))
    .map(comparisonView)
}

/** What being contactable by any campaign changes: everybody outside of the global holdout against it. */
export async function readProgramme(
  deps: Deps,
  query: z.infer<typeof programmeQuery>,
  texts: Texts,
): Promise<z.infer<typeof programmeSchema>> {
  const asOf = deps.clock()
  const to = query.to ? new Date(query.to) : asOf
  const from = query.from ? new Date(query.from) : new Date(to.getTime() - 90 * day)
  if (to > asOf) throw unprocessable('/querystring/to', 'inTheFuture', t => t.refusals.inTheFuture)
  if (from >= to)
    throw unprocessable(
      '/querystring/from',
      'emptyWindow',
      t => t.refusals.windowEndsBefore,
      t => t.refusals.fromIsEarlier,
    )
  const settings = await readSettings(deps.db, deps.config)
  const share = settings.globalHoldout
  const { groups, contacted } = await atOneMoment(deps.db, async tx => ({
    groups: share === 0 ? [] : await programmeBuyers(tx, share, from, to, settings.currencies, query.activeEvent),
    contacted: share === 0 ? 0 : await contactedInHoldout(tx, share, from, to),
  }))
  const addable = groups.every(each => each.unconverted === 0)
  const comparisons = compared(groups, 'contactable', addable)
  const [held, free] = [groups.find(each => each.group === 'holdout'), groups.find(each => each.group === 'contactable')]
  const scaled = (metric: string) => {
    const found = comparisons.find(each => each.metric === metric)
    const n = free?.customers ?? 0
    return {
      value: found?.difference == null ? null : found.difference * n,
      interval: found?.interval ? pair([found.interval[0] * n, found.interval[1] * n]) : null,
    }
  }
  const [customers, revenue] = [scaled('active'), scaled('revenuePerCustomer')]
  return {
    asOf: asOf.toISOString(),
    from: from.toISOString(),
    to: to.toISOString(),
    share,
    definition: texts.reports.definition(
      texts.reports.days(Math.round((to.getTime() - from.getTime()) / day)),
      query.activeEvent ?? orderEvent,
    ),
    currency: addable ? (groups[0]?.currency ?? settings.currencies.reporting) : null,
    groups: groups.map(each => groupView(each, addable)),
    comparisons,
    incremental: {
      customers: customers.value,
      customersInterval: customers.interval,
      revenue: revenue.value,
      revenueInterval: revenue.interval,
    },
    srm: groups.length === 0 ? null : ratioOf(groups, share),
    contactedInHoldout: contacted,
    because: sentenceOf(share, held, free, contacted, texts),
  }
}

function ratioOf(groups: readonly BuyerCounts[], share: number): Pick<SampleRatio, 'p' | 'ok'> {
  const count = (key: string) => groups.find(each => each.group === key)?.customers ?? 0
  const { p, ok } = sampleRatio(
    [
      {
        arms: [
          { key: 'holdout', count: count('holdout'), weight: share },
          { key: 'contactable', count: count('contactable'), weight: 1 - share },
        ],
      },
    ],
    1,
  )
  return { p, ok }
}

function sentenceOf(
  share: number,
  held: BuyerCounts | undefined,
  free: BuyerCounts | undefined,
  contacted: number,
  { reports }: Texts,
): string {
  if (share === 0) return reports.noGlobalHoldout
  if (!held || !free) return reports.emptyGroup
  return contacted > 0 ? `${reports.everybodyKnown(share)} ${reports.tainted(contacted)}` : reports.everybodyKnown(share)
}

/** Campaigns side by side on what their customers bought before and after entering, each against its own holdout. */
export async function compareCampaigns(
  deps: Deps,
  query: z.infer<typeof compareQuery>,
  texts: Texts,
): Promise<z.infer<typeof compareSchema>> {
  const ids = [...new Set(query.campaigns.split(',').map(id => id.trim()))]
  if (ids.length > 20)
    throw unprocessable(
      '/querystring/campaigns',
      'tooMany',
      t => t.refusals.twentyCampaigns,
      t => t.refusals.askSeparately,
    )
  const windowMs = milliseconds(query.window)
  if (windowMs < day)
    throw unprocessable(
      '/querystring/window',
      'tooShort',
      t => t.refusals.atLeastADay,
      t => t.refusals.forExample90d,
    )
  const rows = await Promise.all(ids.map(id => campaignOf(deps, id)))
  const at = deps.clock()
  const { currencies } = await readSettings(deps.db, deps.config)
  const counted = await atOneMoment(deps.db, async tx => {
    const all: BuyerCounts[][] = []
    for (const row of rows)
      all.push(await campaignBuyers(tx, row.id, { windowMs, at, convert: currencies, active: query.activeEvent }))
    return all
  })
  return {
    asOf: at.toISOString(),
    window: query.window,
    definition: texts.reports.definition(query.window, query.activeEvent ?? orderEvent),
    campaigns: rows.map((row, i) => {
      const groups = counted[i] ?? []
      const addable = groups.every(each => each.unconverted === 0)
      const comparisons = compared(groups, 'treated', addable)
      return {
        campaign: ids[i] ?? '',
        currency: addable ? (groups[0]?.currency ?? currencies.reporting) : null,
        name: row.name,
        customers: groups.reduce((sum, each) => sum + each.customers, 0),
        groups: groups.map(each => groupView(each, addable)),
        comparisons,
        because:
          groups.length === 0
            ? texts.reports.nobodyBefore(query.window)
            : comparisons.length === 0
              ? texts.reports.noHoldout
              : texts.reports.onlyDifference,
      }
    }),
  }
}
