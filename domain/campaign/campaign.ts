import { z } from 'zod'
import { type Rule, ruleSchema } from '../segment/rule.ts'
import { field } from '../texts/field.ts'
import { durationSchema } from '../time.ts'
import { goalSchema, keySchema } from './goal.ts'
import { triggerSchema } from './triggers/index.ts'

/** How an experiment is judged. */
export const metricSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('conversion') }),
  z.strictObject({
    kind: z.literal('retention'),
    event: z.string().min(1).max(200),
    bracket: z.tuple([durationSchema, durationSchema]),
  }),
  /** A customer counts at most `cap`, fixed at the launch: a few who spend very much would hide everybody else. */
  z.strictObject({ kind: z.literal('revenue'), cap: z.number().gt(0).max(1e12).optional() }),
  z.strictObject({ kind: z.literal('churn'), within: durationSchema }),
])
export type Metric = z.infer<typeof metricSchema>

export const experimentSchema = z
  .strictObject({
    holdout: z.number().min(0).max(0.95).default(0),
    variants: z
      .array(z.strictObject({ key: keySchema, weight: z.number().min(0).max(1e6) }))
      .min(1)
      .max(20)
      .default([{ key: 'a', weight: 1 }]),
    metric: metricSchema.default({ kind: 'conversion' }),
    /** A fraction for shares, money for revenue. */
    minimumEffect: z.number().gt(0).max(1e12).default(0.02),
    error: z.number().gt(0).lt(1).default(0.05),
    minimumDays: z.number().min(0).max(3_650).default(7),
    plannedTotal: z.int().min(2).max(1e9).optional(),
    onDecision: z.enum(['report', 'promote']).default('report'),
    /** Shares of an arm's customers that may complain or unsubscribe, and what follows when an arm is surely beyond. */
    guardrails: z
      .strictObject({
        complaints: z.number().gt(0).lt(1).default(0.003),
        unsubscribes: z.number().gt(0).lt(1).default(0.02),
        onBreach: z.enum(['report', 'stopArm']).default('report'),
      })
      .optional(),
  })
  .meta({ id: 'Experiment' })
export type Experiment = z.infer<typeof experimentSchema>

export const limitsSchema = z
  .strictObject({
    ignoreCaps: z.boolean().default(false),
    quietHours: z.enum(['respect', 'ignore']).default('respect'),
    /** `ignore` writes to the global holdout too: for transactional campaigns only. */
    globalHoldout: z.enum(['respect', 'ignore']).optional(),
    perMinute: z.int().min(1).max(10_000_000).optional(),
    budget: z
      .strictObject({
        amount: z.number().min(0),
        currency: z.string().regex(/^[A-Z]{3}$/, { error: field(t => t.fields.currency) }),
      })
      .optional(),
  })
  .meta({ id: 'Limits' })
export type Limits = z.infer<typeof limitsSchema>

/** Everybody: the audience of a campaign that names none. */
export const everybody: Rule = { all: [] }

/** The campaign document of the contract, whole. */
export const campaignSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    trigger: triggerSchema,
    audience: ruleSchema.default(everybody),
    reentry: z.union([z.literal('never'), z.literal('always'), z.strictObject({ after: durationSchema })]).default('never'),
    goals: z.array(goalSchema).min(1).max(20),
    experiment: experimentSchema.optional(),
    exit: ruleSchema.optional(),
    limits: limitsSchema.default({ ignoreCaps: false, quietHours: 'respect' }),
    /**
     * Of the campaigns of one group a customer is in one at a time: nobody enters who is in another that is as important or more so, and who
     * enters leaves the less important ones. The higher number is the more important.
     */
    exclusive: z.strictObject({ group: keySchema, priority: z.int().min(0).max(1_000).default(0) }).optional(),
    /** From then on nobody enters; who is under way goes on to the end, and with the last of them the run is completed. */
    endsAt: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'CampaignDocument' })
export type Campaign = z.infer<typeof campaignSchema>

/** The key under which everybody stands when a campaign runs no experiment. */
export const onlyVariant = 'all'

/** A campaign's variants; one that covers everybody when there is no experiment. */
export const variantsOf = (campaign: Pick<Campaign, 'experiment'>): readonly { key: string; weight: number }[] =>
  campaign.experiment?.variants ?? [{ key: onlyVariant, weight: 1 }]
