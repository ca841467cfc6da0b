import { z } from 'zod'
import { runIds } from '../../domain/ids.ts'
import { recordAudit } from '../../prisma/queries/audit.ts'
import type { Routes } from '../deps.ts'
import { textsOf } from '../language.ts'
import { optionalBody } from '../optional-body.ts'
import { type Edit, editOf, publish } from '../publish.ts'
import { checkVersion } from '../versions.ts'
import { campaignOf, campaignParams } from './campaigns.ts'

const ids = z.array(z.string())
const changeSchema = z.object({
  path: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
})
const editSchema = z
  .object({
    run: z.string(),
    from: z.int().meta({ description: 'The version that is live.' }),
    to: z.int().meta({ description: 'The version of the draft.' }),
    changes: z.array(changeSchema),
    steps: z.object({ added: ids, removed: ids, changed: ids, moved: ids }),
    stepChanges: z
      .array(
        z.object({
          id: z.string(),
          goal: z.string(),
          kind: z.enum(['added', 'removed', 'changed', 'moved']),
          before: z.record(z.string(), z.unknown()).optional(),
          after: z.record(z.string(), z.unknown()).optional(),
          changes: z.array(changeSchema),
        }),
      )
      .meta({ description: 'Each step that differs, without the steps beneath it.' }),
    experimentChanged: z.boolean(),
    triggerChanged: z.boolean(),
    trigger: z
      .object({ before: z.string(), after: z.string(), means: z.array(z.string()) })
      .nullable()
      .meta({ description: 'The trigger before and after in words, and what that means for whom; null: it stays.' }),
    standing: z
      .array(
        z.object({
          version: z.int(),
          goal: z.string(),
          step: z.string().nullable(),
          customers: z.int(),
          goesOnAt: z.string().nullable().meta({ description: 'null: the end of the journey.' }),
          what: z.enum(['goesOn', 'atOnce', 'stays']),
        }),
      )
      .meta({ description: 'Who stands where, and what happens to them should they move to the new version.' }),
    moving: z.int().meta({ description: 'On the move at this moment: they follow when they rest.' }),
    published: z.boolean(),
  })
  .meta({ id: 'Edit' })

const show = (edit: Edit, published: boolean): z.infer<typeof editSchema> => ({
  run: runIds.show(edit.run.id),
  from: edit.from,
  to: edit.to,
  ...edit.diff,
  trigger: edit.trigger,
  standing: edit.standing,
  moving: edit.moving,
  published,
})

/** Changing a live campaign: what the draft changes and for whom, and publishing it. */
export const edit: Routes = (app, deps) => {
  const tags = ['campaigns']

  app.get(
    '/v1/campaigns/:id/diff',
    {
      config: { needs: 'read' },
      schema: {
        tags,
        summary: 'What publishing the draft of a live campaign would change, and for whom.',
        params: campaignParams,
        response: { 200: editSchema },
      },
    },
    async request => show(await editOf(deps, await campaignOf(deps, request.params.id), textsOf(request)), false),
  )

  app.post(
    '/v1/campaigns/:id/publish',
    {
      config: { needs: 'launch', idempotent: true },
      schema: {
        tags,
        summary: 'Makes the draft of a live campaign its new version.',
        params: campaignParams,
        body: optionalBody(
          z.strictObject({
            inFlight: z
              .enum(['stay', 'move'])
              .default('stay')
              .meta({ description: 'Whether those under way finish where they are, or go on in the new version by their step.' }),
            dryRun: z.boolean().default(false),
          }),
        ),
        response: { 200: editSchema },
      },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      checkVersion(request, campaign.version)
      const { inFlight, dryRun } = request.body
      if (dryRun) return show(await editOf(deps, campaign, textsOf(request)), false)
      const done = await publish(deps, campaign, inFlight, textsOf(request))
      await recordAudit(deps.db, {
        at: deps.clock(),
        actor: request.actor.name,
        action: 'campaign.published',
        target: request.params.id,
        facts: { from: done.from, to: done.to, inFlight, experimentChanged: done.diff.experimentChanged },
      })
      return show(done, true)
    },
  )
}
