import { z } from 'zod'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { PerennialError } from '../../domain/errors.ts'
import { runIds } from '../../domain/ids.ts'
import { zoneOf } from '../../domain/zone.ts'
import { documentOf, programsOf } from '../../prisma/queries/campaigns.ts'
import { messagesOf, staysOf } from '../../prisma/queries/message-list.ts'
import { findRun, lastRun } from '../../prisma/queries/runs.ts'
import { ruleContext } from '../../prisma/queries/segments.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { customerOf } from '../customers.ts'
import type { Routes } from '../deps.ts'
import { type ExplainedDecision, storyOf } from '../explain.ts'
import { whyNot, whyNotAgain } from '../explain-entry.ts'
import { sayDecision } from '../explain-text.ts'
import { textsOf } from '../language.ts'
import { campaignOf, campaignParams } from './campaigns.ts'
import { stepIdOf } from './messages.ts'

const decisionSchema = z.object({
  at: z.iso.datetime(),
  kind: z.enum(['audience', 'goal', 'variant', 'verdict', 'wait', 'branch', 'exit', 'trigger']),
  step: z.string().optional(),
  outcome: z.string(),
  reason: z.string().optional(),
  facts: z.record(z.string(), z.unknown()),
  text: z
    .string()
    .meta({ description: 'What was decided and what it rests on, as sentences in the language that was asked for.' }),
})
const explanationSchema = z
  .object({
    customer: z.string(),
    enrolled: z.boolean(),
    run: z.string().optional(),
    goal: z.string().optional(),
    variant: z.string().optional(),
    state: z.enum(['waiting', 'moving', 'ended']).optional(),
    step: z.string().optional(),
    due: z.iso.datetime().optional(),
    decisions: z.array(decisionSchema),
  })
  .meta({ id: 'Explanation' })

/** Why a person got what they got, or did not, or not yet. */
export const explain: Routes = (app, deps) => {
  app.get(
    '/v1/campaigns/:id/explain',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['campaigns'],
        params: campaignParams,
        querystring: z.object({ customer: z.string().min(1).max(500) }),
        response: { 200: explanationSchema },
      },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      // Under whichever name they are asked for: the story is told of who they are now.
      const customer = await customerOf(deps, request.query.customer)
      const { externalId } = customer
      const context = await ruleContext(deps.db, deps.clock(), { few: true })
      const texts = textsOf(request)
      const settings = await readSettings(deps.db, deps.config)
      const zone = zoneOf(customer.timezone, settings.defaultTimezone)
      const say = (decision: ExplainedDecision) => ({ ...decision, text: sayDecision(decision, zone, texts) })
      const [stay] = await staysOf(deps.db, campaign.id, customer.id)
      if (!stay) {
        const last = await lastRun(deps.db, campaign.id)
        const document = campaignSchema.parse(last ? await documentOf(deps.db, campaign.id, last.version) : campaign.document)
        const decisions = await whyNot(deps.db, document, last, customer, context, settings.globalHoldout, texts)
        if (!last) decisions.unshift({ at: deps.clock().toISOString(), kind: 'trigger', outcome: 'notLaunched', facts: {} })
        return { customer: externalId, enrolled: false, decisions: decisions.map(say) }
      }
      const run = await findRun(deps.db, stay.run)
      if (!run) throw new PerennialError('notFound', t => t.refusals.noRun(stay.run))
      const programs = await programsOf(deps.db, campaign.id, run.version)
      const document = campaignSchema.parse(await documentOf(deps.db, campaign.id, stay.version))
      const last = (await lastRun(deps.db, campaign.id)) ?? run
      const current = campaignSchema.parse(await documentOf(deps.db, campaign.id, last.version))
      const messages = await messagesOf(deps.db, [stay.id])
      return {
        customer: externalId,
        enrolled: true,
        run: runIds.show(run.id),
        goal: stay.goal,
        variant: stay.variant,
        state: stay.state,
        ...(stay.step === null || stay.state === 'ended' ? {} : { step: stepIdOf(programs, stay.version, stay.step) }),
        ...(stay.due ? { due: stay.due.toISOString() } : {}),
        decisions: [
          ...(await storyOf(deps.db, stay, run, document, programs, messages, customer, settings, deps.clock(), texts)),
          ...(await whyNotAgain(deps.db, current, last, stay, customer, context, texts)),
        ].map(say),
      }
    },
  )
}
