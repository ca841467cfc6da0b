import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { faultsIn } from '../../domain/errors.ts'
import type { Routes } from '../deps.ts'
import { textsOf } from '../language.ts'
import { planBody, planOf, planSchema } from '../planning.ts'
import { campaignOf, campaignParams } from './campaigns.ts'

/** Before the launch: how many customers an experiment needs, how long that takes, and whether the audience can answer at all. */
export const planning: Routes = (app, deps) => {
  app.post(
    '/v1/campaigns/:id/plan',
    {
      config: { needs: 'draft' },
      schema: {
        tags: ['results'],
        summary: 'Needed size for the minimum effect at this audience’s base rate, expected days, and warnings.',
        params: campaignParams,
        body: planBody,
        response: { 200: planSchema },
      },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      const plan = await planOf(deps, campaignSchema.parse(campaign.document), request.body, textsOf(request))
      return { ...plan, warnings: faultsIn(plan.warnings, textsOf(request)) }
    },
  )
}
