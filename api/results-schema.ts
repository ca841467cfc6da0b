import { z } from 'zod'
import { measureKinds } from '../domain/experiment/measure.ts'
import { field } from '../domain/texts/field.ts'
import { durationSchema } from '../domain/time.ts'

const number = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,12}(\.\d{1,10})?$/, { error: field(t => t.fields.number) })
    .transform(Number)
    .pipe(z.number().min(low).max(high))

export const resultsQuery = z.object({
  metric: z.enum(measureKinds).optional().meta({ description: "Default: the experiment's own, else conversion." }),
  run: z.string().max(40).optional().meta({ description: 'One run; default: all runs of the campaign.' }),
  version: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, { error: field(t => t.fields.versionNumber) })
    .transform(Number)
    .optional()
    .meta({
      description: 'Only who entered under this version or another with the same experiment: where it was changed while it ran.',
    }),
  event: z.string().min(1).max(200).optional().meta({ description: 'For retention: the event that says a customer came back.' }),
  bracket: z
    .string()
    .max(40)
    .transform(text => text.split(/[-,]/))
    .pipe(z.tuple([durationSchema, durationSchema], { error: field(t => t.fields.twoDurations) }))
    .optional()
    .meta({ description: 'For retention: from and to after entering, for example "7d-14d".' }),
  within: durationSchema.optional().meta({ description: 'For revenue, churn and guardrails: how long after entering.' }),
  winsorise: number(0.5, 1).optional().meta({
    description: 'For revenue: amounts count at most this quantile of what customers spent in the time before they entered.',
  }),
  cap: number(0, 1e12).optional().meta({ description: 'For revenue: amounts count at most this much a customer.' }),
  by: z
    .string()
    .max(500)
    .optional()
    .meta({ description: 'Up to five keys of segments, joined by commas: exploratory readings inside and outside of each.' }),
  asOf: z.iso.datetime({ offset: true }).optional().meta({ description: 'What would have been answered then.' }),
  format: z.enum(['json', 'csv']).optional(),
  table: z.enum(['arms', 'comparisons', 'funnel', 'retention']).default('arms').meta({ description: 'Which table a CSV holds.' }),
})
export type ResultsQuery = z.infer<typeof resultsQuery>

const interval = z.tuple([z.number(), z.number()]).nullable()
const metric = z.enum(measureKinds)

const armSchema = z.object({
  key: z.string(),
  share: z.number().nullable().meta({ description: 'What the weights say, 0 to 1.' }),
  enrolled: z.int(),
  exposed: z.int().meta({ description: 'For whom at least one message left.' }),
  matured: z.int(),
  maturing: z.int(),
  unmeasured: z.int().meta({ description: 'Customers this metric says nothing about.' }),
  converted: z.int(),
  rate: z.number().nullable(),
  interval: interval.meta({ description: 'Wilson, at the error of the experiment.' }),
  revenue: z.number().nullable(),
  revenuePerCustomer: z.number().nullable(),
  stopped: z.boolean(),
})

const incrementalSchema = z.object({ value: z.number(), interval }).nullable()

const comparisonSchema = z.object({
  arm: z.string(),
  against: z.string(),
  difference: z.number().nullable(),
  interval: interval.meta({ description: 'Anytime-valid: it holds however often it is looked at.' }),
  relative: z.object({ lift: z.number().nullable(), interval }),
  p: z.number().nullable(),
  practicallyEqual: z.boolean(),
  method: z.object({ name: z.string(), nStar: z.number(), alpha: z.number() }),
  fixed: z
    .object({ interval, p: z.number().nullable(), test: z.string(), because: z.string().optional() })
    .meta({ description: 'One look at a size fixed in advance: Newcombe with z or Fisher, or Welch.' }),
  bayes: z
    .object({
      meanA: z.number(),
      meanB: z.number(),
      pBBeatsA: z.number(),
      pABeatsB: z.number(),
      expectedLossChooseB: z.number(),
      expectedLossChooseA: z.number(),
    })
    .nullable()
    .meta({ description: 'A is `against`, B is `arm`. No stopping rule.' }),
  cuped: z
    .object({
      theta: z.number(),
      varianceReduction: z.number().nullable(),
      difference: z.number(),
      interval,
      p: z.number().nullable(),
    })
    .nullable()
    .optional()
    .meta({ description: 'The same look with what was spent before the entry taken out.' }),
})

export const decisionSchema = z.object({
  state: z.enum(['winner', 'noDifference', 'keepRunning', 'invalid']),
  arm: z.string().optional(),
  because: z.string(),
  cause: z.string().optional(),
  waitingFor: z.string().optional(),
  neededMore: z.number().nullable().optional(),
  neededDays: z.number().nullable().optional(),
  recorded: z
    .object({ number: z.int(), at: z.iso.datetime(), action: z.string() })
    .optional()
    .meta({ description: 'It was made then and stays; `now` is what would be said at this moment.' }),
  now: z.object({ state: z.string(), arm: z.string().optional(), because: z.string() }).optional(),
})

const srmSchema = z.object({
  p: z.number(),
  ok: z.boolean(),
  look: z.object({ chi2: z.number(), df: z.int(), p: z.number() }),
  arms: z.array(z.object({ key: z.string(), count: z.int(), expected: z.number() })),
})

const retentionSchema = z.object({
  event: z.string(),
  unit: z.enum(['minute', 'hour', 'day']),
  meaning: z.string(),
  curves: z.array(
    z.object({
      arm: z.string(),
      median: z.number().nullable(),
      points: z.array(
        z.object({ t: z.number(), survival: z.number(), lower: z.number().nullable(), upper: z.number().nullable() }),
      ),
    }),
  ),
  logRank: z.object({
    chi2: z.number().nullable(),
    df: z.int().nullable(),
    p: z.number().nullable(),
    reason: z.string().nullable(),
  }),
})

const funnelCounts = { reached: z.int(), sent: z.int(), delivered: z.int(), opened: z.int(), clicked: z.int() }

export const resultsSchema = z
  .object({
    campaign: z.string(),
    run: z.string().nullable(),
    metric,
    primary: z
      .boolean()
      .meta({ description: 'Whether this is what the experiment is decided on; other metrics are to look at.' }),
    definition: z.string(),
    better: z.enum(['higher', 'lower']),
    asOf: z.iso.datetime(),
    population: z.object({
      rule: z.string(),
      enrolled: z.int(),
      matured: z.int(),
      maturing: z.int(),
      moved: z
        .record(z.string(), z.int())
        .meta({ description: 'Entrants whom a promotion or a stopped arm gave another arm: not compared.' }),
    }),
    maturing: z.int(),
    arms: z.array(armSchema),
    comparisons: z.array(comparisonSchema),
    srm: srmSchema,
    decision: decisionSchema,
    promoted: z.object({ arm: z.string(), at: z.iso.datetime() }).nullable(),
    incremental: z.array(
      z.object({
        arm: z.string(),
        treated: z.int(),
        customers: incrementalSchema,
        revenue: incrementalSchema,
        alpha: z.number(),
      }),
    ),
    revenue: z.object({
      currency: z.string().nullable(),
      total: z.number().nullable(),
      cap: z.number().nullable(),
      unconverted: z.int(),
      reason: z.string().nullable(),
    }),
    exposure: z.object({ exposed: z.int(), of: z.int() }),
    guardrails: z.array(
      z.object({
        arm: z.string(),
        kind: z.enum(['unsubscribes', 'complaints']),
        customers: z.int(),
        of: z.int(),
        rate: z.number().nullable(),
        limit: z.number(),
        interval,
        state: z.enum(['breached', 'held', 'unclear']),
      }),
    ),
    retention: retentionSchema,
    funnel: z.array(
      z.object({
        step: z.string(),
        channel: z.string().nullable(),
        goal: z.string(),
        ...funnelCounts,
        converted: z.int(),
        byArm: z.record(z.string(), z.object(funnelCounts)),
      }),
    ),
    breakdown: z
      .array(
        z.object({
          segment: z.string(),
          exploratory: z.literal(true),
          note: z.string(),
          inside: z.object({ arms: z.array(armSchema), comparisons: z.array(comparisonSchema) }),
          outside: z.object({ arms: z.array(armSchema), comparisons: z.array(comparisonSchema) }),
        }),
      )
      .optional(),
    decisions: z.array(
      z.object({ number: z.int(), at: z.iso.datetime(), state: z.string(), arm: z.string().nullable(), action: z.string() }),
    ),
  })
  .meta({ id: 'Results' })
export type Results = z.infer<typeof resultsSchema>
