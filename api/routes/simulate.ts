import { z } from 'zod'
import { simulate } from '../../activities/simulate.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { notRunnable } from '../../domain/campaign/check.ts'
import { PerennialError, refusal, unprocessable } from '../../domain/errors.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { refuseProblems } from '../campaign-check.ts'
import type { Routes } from '../deps.ts'
import { textsOf } from '../language.ts'
import { optionalBody } from '../optional-body.ts'
import { runSchema, runView } from '../run-view.ts'
import { showSimulation, simulationSchema } from '../simulation-view.ts'
import { campaignOf, campaignParams } from './campaigns.ts'

const day = 86_400_000
const moment = z.iso.datetime({ offset: true })
const bodySchema = z.strictObject({
  from: moment.optional().meta({ description: 'The past: what would have happened since, on the events that are stored.' }),
  to: moment.optional(),
  days: z.int().min(1).max(400).default(30).meta({ description: 'How far a launch now is followed.' }),
  sample: z
    .int()
    .min(1)
    .max(100_000)
    .default(20_000)
    .meta({ description: 'The most customers to simulate; of more an even share is, and `scale` says how to reckon up.' }),
})
const patienceMs = 90_000

/** What a launch would do, now or over a time that has passed: the same code as a run, nothing sent, nothing kept. */
export const simulation: Routes = (app, deps) => {
  // Each takes a connection and a core for a while: one after the other leaves both to the others.
  let underway = false

  app.post(
    '/v1/campaigns/:id/simulate',
    {
      config: { needs: 'draft' },
      schema: {
        tags: ['campaigns'],
        params: campaignParams,
        body: optionalBody(bodySchema),
        response: { 200: simulationSchema.extend({ run: runSchema.omit({ id: true, number: true, campaign: true }) }) },
      },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      const document = campaignSchema.parse(campaign.document)
      await refuseProblems(deps, document)
      const missing = notRunnable(document)
      if (missing[0]) throw refusal('notBuilt', missing)
      const now = deps.clock()
      const { from, to, past } = period(request.body, now)
      if (underway) throw new PerennialError('tooMany', t => t.refusals.simulationUnderWay, { retryAfterSeconds: 10 })
      underway = true
      try {
        const settings = await readSettings(deps.db, deps.config)
        const result = await simulate(deps.db, {
          campaign: campaign.id,
          version: campaign.version,
          document,
          settings,
          links: { secretKey: deps.config.secretKey, publicUrl: deps.config.publicUrl },
          from,
          to,
          past,
          atMost: request.body.sample,
          patienceMs,
        })
        const {
          id: _,
          number: __,
          campaign: ___,
          ...run
        } = runView(result.run, new Map([[campaign.version, result.program]]), result.enrollments, result.messages, result.passed)
        return { ...showSimulation(result, document, settings, { from, to, past }, textsOf(request)), run }
      } finally {
        underway = false
      }
    },
  )
}

function period(body: z.infer<typeof bodySchema>, now: Date): { from: Date; to: Date; past: boolean } {
  if (body.from === undefined) {
    if (body.to !== undefined)
      throw unprocessable(
        '/from',
        'missing',
        t => t.refusals.toWithFrom,
        t => t.refusals.bothOrNeither,
      )
    return { from: now, to: new Date(now.getTime() + body.days * day), past: false }
  }
  const from = new Date(body.from)
  const to = body.to === undefined ? now : new Date(body.to)
  if (to > now) throw unprocessable('/to', 'future', t => t.refusals.endsNow)
  if (from >= to) throw unprocessable('/from', 'emptyPeriod', t => t.refusals.fromIsFirst)
  if (to.getTime() - from.getTime() > 400 * day) throw unprocessable('/from', 'tooLong', t => t.refusals.atMost400days)
  return { from, to, past: true }
}
