import { z } from 'zod'
import { type Campaign, campaignSchema } from '../domain/campaign/campaign.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { type Fault, fault, unprocessable } from '../domain/errors.ts'
import { expectedShares } from '../domain/experiment/assign.ts'
import { horizonOf } from '../domain/experiment/measure.ts'
import { type PlanInput, planExperiment } from '../domain/experiment/plan.ts'
import { minimumDetectableProportion } from '../domain/experiment/power.ts'
import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import { ruleWhere } from '../domain/segment/rule.ts'
import { raw, type Sql, sql } from '../domain/sql.ts'
import type { Sentence, Texts } from '../domain/texts/texts.ts'
import { asWritten } from '../domain/texts/texts.ts'
import type { Queryable } from '../prisma/client.ts'
import { crossedOf } from '../prisma/queries/existing.ts'
import { atOneMoment } from '../prisma/queries/one-moment.ts'
import { baselineOf, countPeople } from '../prisma/queries/outcome-baseline.ts'
import { measureFor } from '../prisma/queries/outcome-read.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { readSettings } from '../prisma/queries/settings.ts'
import type { Deps } from './deps.ts'

const day = 86_400_000
/** How far back entries are counted to know their pace. */
const paceDays = 30
/** Fewer than these say little about a rate. */
const enoughHistory = 50

/** What the planner knows better than the past does. */
export const planBody = z
  .strictObject({
    baseRate: z.number().gt(0).lt(1).optional(),
    standardDeviation: z.number().gt(0).max(1e12).optional().meta({ description: 'Of revenue per customer.' }),
    minimumEffect: z.number().gt(0).max(1e12).optional(),
    perDay: z.number().gt(0).max(1e9).optional(),
    audience: z.int().min(0).max(1e10).optional(),
    power: z.number().gt(0).lt(1).default(0.8),
  })
  .nullish()
  .transform(body => body ?? { power: 0.8 })

export const planSchema = z
  .object({
    state: z.enum(['answerable', 'tooSmall', 'impossible', 'unknown']),
    because: z.string(),
    metric: z.string(),
    definition: z.string(),
    neededTotal: z.int().nullable().meta({ description: 'Over all arms, to be looked at as often as wanted.' }),
    fixedTotal: z.int().nullable().meta({ description: 'With one look at the end.' }),
    expectedDays: z.int().nullable(),
    minimumEffect: z.number(),
    detectableEffect: z.number().nullable().meta({ description: 'The smallest rise this audience would probably show.' }),
    error: z.number(),
    power: z.number(),
    maturesAfterDays: z.number(),
    minimumDays: z.number(),
    baseline: z.object({
      from: z.enum(['history', 'request', 'none']),
      customers: z.int(),
      rate: z.number().nullable(),
      mean: z.number().nullable(),
      standardDeviation: z.number().nullable(),
    }),
    audience: z
      .int()
      .nullable()
      .meta({ description: 'How many can enter, without the global holdout; null where they keep coming.' }),
    perDay: z.number().nullable(),
    globalHoldout: z.number(),
    warnings: z.array(z.object({ path: z.string(), code: z.string(), message: z.string(), hint: z.string().optional() })),
  })
  .meta({ id: 'ExperimentPlan' })
type PlanView = Omit<z.infer<typeof planSchema>, 'warnings'> & { warnings: Fault[] }

/** Whether the audience can answer the experiment's question, by what it did in the past. Throws `unprocessable` without an experiment. */
export async function planOf(deps: Deps, document: Campaign, body: z.infer<typeof planBody>, texts: Texts): Promise<PlanView> {
  const { experiment } = document
  if (!experiment)
    throw unprocessable(
      '/experiment',
      'noExperiment',
      t => t.refusals.nothingToPlan,
      t => t.refusals.addExperiment,
    )
  const settings = await readSettings(deps.db, deps.config)
  const at = deps.clock()
  const globalHoldout = document.limits.globalHoldout === 'ignore' ? 0 : settings.globalHoldout
  const past = await atOneMoment(deps.db, tx => readPast(tx, document, at, settings.defaultTimezone))
  const { measure } = past
  const audience = body.audience ?? (past.audience === null ? null : Math.round(past.audience * (1 - globalHoldout)))
  const perDay = body.perDay ?? (past.perDay === null ? null : past.perDay * (1 - globalHoldout))
  const known = past.baseline && past.baseline.customers >= enoughHistory ? past.baseline : null
  const rate = body.baseRate ?? (known ? known.successes / known.customers : null)
  const sd = body.standardDeviation ?? (known && known.sd > 0 ? known.sd : null)
  const mean = measure.outcome === 'mean'
  const given = mean ? body.standardDeviation : body.baseRate
  const minimumEffect = body.minimumEffect ?? experiment.minimumEffect
  const maturesAfterDays = horizonOf(measure) / day
  const shared = {
    metric: measure.kind,
    definition: measure.defines(texts),
    minimumEffect,
    error: experiment.error,
    power: body.power,
    maturesAfterDays,
    minimumDays: experiment.minimumDays,
    baseline: {
      from: given !== undefined ? ('request' as const) : known ? ('history' as const) : ('none' as const),
      customers: past.baseline?.customers ?? 0,
      rate: mean ? null : rate,
      mean: mean ? (known?.mean ?? null) : null,
      standardDeviation: mean ? sd : null,
    },
    audience,
    perDay,
    globalHoldout,
  }
  const unknown = (because: Sentence, hint: Sentence): PlanView => ({
    ...shared,
    state: 'unknown',
    because: because(texts),
    neededTotal: null,
    fixedTotal: null,
    expectedDays: null,
    detectableEffect: null,
    warnings: [fault('/experiment', 'unknownBaseRate', because, hint)],
  })
  if ((mean ? sd : rate) === null)
    return unknown(
      t => t.plan.tooFewPast(mean, past.baseline?.customers ?? 0, enoughHistory),
      t => (mean ? t.plan.sendDeviation : t.plan.sendBaseRate),
    )
  const input: PlanInput = {
    baseline: mean ? { kind: 'mean', sd: sd ?? 1 } : { kind: 'proportion', rate: Math.min(1 - 1e-6, Math.max(1e-6, rate ?? 0)) },
    minimumEffect,
    holdout: experiment.holdout,
    variants: experiment.variants,
    error: experiment.error,
    power: body.power,
    audience,
    perDay,
    maturesAfterDays,
    minimumDays: experiment.minimumDays,
  }
  const plan = planExperiment(input, texts)
  const sizes = plan.state === 'impossible' ? null : plan
  const days = sizes?.expectedDays == null ? null : Math.ceil(sizes.expectedDays)
  return {
    ...shared,
    state: plan.state,
    because: plan.because,
    neededTotal: sizes?.neededTotal ?? null,
    fixedTotal: sizes?.fixedTotal ?? null,
    expectedDays: days,
    detectableEffect: mean || audience === null ? null : detectable(input, audience),
    warnings: warningsOf(plan, experiment.plannedTotal, days),
  }
}

function warningsOf(plan: ReturnType<typeof planExperiment>, plannedTotal: number | undefined, days: number | null): Fault[] {
  const warnings: Fault[] = []
  if (plan.state !== 'answerable')
    warnings.push(
      fault(
        '/experiment/minimumEffect',
        plan.state === 'tooSmall' ? 'audienceTooSmall' : 'cannotBeAnswered',
        asWritten(plan.because),
        t => t.refusals.largerEffectOrFewerArms,
      ),
    )
  if (plan.state === 'answerable' && plannedTotal !== undefined && plannedTotal < plan.neededTotal)
    warnings.push(
      fault(
        '/experiment/plannedTotal',
        'plannedTooFew',
        t => t.refusals.plannedTooFew(plannedTotal, plan.neededTotal),
        t => t.refusals.planFor(plan.neededTotal),
      ),
    )
  if (days !== null && days > 180)
    warnings.push(
      fault(
        '/experiment',
        'takesLong',
        t => t.refusals.takesLong(days),
        t => t.refusals.largerEffect,
      ),
    )
  return warnings
}

/** The smallest rise that the pair of arms that takes longest would show with the power asked for; half the audience counts, for it may be watched. */
function detectable(input: PlanInput, audience: number): number | null {
  if (input.baseline.kind !== 'proportion') return null
  const { rate } = input.baseline
  const arms = expectedShares(input.holdout, input.variants).filter(({ share }) => share > 0)
  const pairs = arms.flatMap((one, i) => arms.slice(i + 1).map(other => [one.share, other.share] as const))
  const effects = pairs.map(([one, other]) =>
    minimumDetectableProportion({
      p1: rate,
      n1: Math.max(1, (audience * one) / 2),
      n2: Math.max(1, (audience * other) / 2),
      alpha: input.error / pairs.length,
      power: input.power,
      direction: 'up',
    }),
  )
  return effects.length === 0 || effects.some(effect => effect === null) ? null : Math.max(...effects.map(effect => effect ?? 0))
}

/** What the past says about who enters, how fast, and what they did. */
async function readPast(tx: Queryable, document: Campaign, at: Date, defaultZone: string) {
  const context = await ruleContext(tx, at)
  const measure = await measureFor(tx, document.experiment?.metric.kind ?? 'conversion', [{ version: 1, document }], {})
  if ('missing' in measure)
    throw unprocessable('/experiment/metric', measure.missing, t => t.refusals.metricLacks(measure.missing))
  const horizon = horizonOf(measure)
  const begun = new Date(at.getTime() - horizon)
  const entry = triggerKinds[document.trigger.kind].entry(document.trigger)
  const audience = ruleWhere(document.audience, context)
  const everybody = sql`SELECT c.id AS customer, ${begun}::timestamptz AS t FROM customer c WHERE ${audience}`
  const read = async (people: Sql, since: Date) => await baselineOf(tx, people, measure, since, at)
  if (entry.by === 'event') {
    const name = context.eventId(entry.event) ?? -1
    const matches = triggerKinds[document.trigger.kind].matches?.(document.trigger) ?? raw('true')
    const within = (
      from: Date,
      to: Date,
    ) => sql`SELECT DISTINCT ON (ev.customer) ev.customer, ev.at AS t FROM event ev JOIN customer c ON c.id = ev.customer
      WHERE ev.name = ${name} AND ev.at > ${from} AND ev.at <= ${to} AND (${matches}) AND (${audience}) ORDER BY ev.customer, ev.at`
    const pace = await countPeople(tx, within(new Date(at.getTime() - paceDays * day), at))
    const since = new Date(begun.getTime() - paceDays * day)
    return { measure, audience: null, perDay: pace / paceDays, baseline: await read(within(since, begun), since) }
  }
  if (entry.by === 'snapshot')
    return { measure, audience: await countPeople(tx, everybody), perDay: null, baseline: await read(everybody, begun) }
  return {
    measure,
    audience: null,
    perDay: await paceOf(tx, document, context, at, defaultZone),
    baseline: await read(everybody, begun),
  }
}

/** How many a day cross a sweep's line of late; null for lines that only a live run can remember. */
async function paceOf(
  tx: Queryable,
  document: Campaign,
  context: RuleContext,
  at: Date,
  defaultZone: string,
): Promise<number | null> {
  const crossing = await crossedOf(tx, document, { from: new Date(at.getTime() - 7 * day), to: at }, context, defaultZone)
  return crossing ? (await countPeople(tx, sql`SELECT customer FROM (${crossing}) crossed`)) / 7 : null
}

/** What validating says about an experiment beyond its form: nothing where nothing is known. */
export async function planWarnings(deps: Deps, document: Campaign, texts: Texts): Promise<Fault[]> {
  if (!document.experiment) return []
  const { state, warnings } = await planOf(deps, campaignSchema.parse(document), planBody.parse(null), texts)
  return state === 'unknown' ? [] : warnings
}
