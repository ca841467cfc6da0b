import { z } from 'zod'
import { unprocessable } from '../../domain/errors.ts'
import type { Program } from '../../domain/journey/program.ts'
import { messageStatuses } from '../../domain/message/delivery.ts'
import { programsOf } from '../../prisma/queries/campaigns.ts'
import { listMessages, type MessageRow } from '../../prisma/queries/message-list.ts'
import { lastRun, listRuns } from '../../prisma/queries/runs.ts'
import type { Routes } from '../deps.ts'
import { decodeCursor, page, pageOf, pageQuery } from '../page.ts'
import { campaignOf, campaignParams } from './campaigns.ts'

export const messageSchema = z
  .object({
    id: z.string(),
    customer: z.string(),
    step: z.string(),
    channel: z.string(),
    class: z.string(),
    variant: z.string().nullable(),
    status: z.enum(messageStatuses),
    reason: z.string().optional(),
    evidence: z.unknown().optional(),
    deferredUntil: z.iso.datetime().optional(),
    createdAt: z.iso.datetime(),
    acceptedAt: z.iso.datetime().optional(),
    deliveredAt: z.iso.datetime().optional(),
    openedAt: z.iso.datetime().optional(),
    clickedAt: z.iso.datetime().optional(),
    providerId: z.string().optional(),
    segments: z.int().optional(),
  })
  .meta({ id: 'Message' })

/** A ledger row as its readers see it: what is not known is left out. */
export function showMessage(row: MessageRow, stepId: string): z.infer<typeof messageSchema> {
  const time = (key: string, at: Date | null) => (at ? { [key]: at.toISOString() } : {})
  return {
    id: row.id,
    customer: row.customer,
    step: stepId,
    channel: row.channel,
    class: row.class,
    variant: row.variant,
    status: row.status as (typeof messageStatuses)[number],
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.evidence === null ? {} : { evidence: row.evidence }),
    ...time('deferredUntil', row.deferredUntil),
    createdAt: row.createdAt.toISOString(),
    ...time('acceptedAt', row.acceptedAt),
    ...time('deliveredAt', row.deliveredAt),
    ...time('openedAt', row.openedAt),
    ...time('clickedAt', row.clickedAt),
    ...(row.providerId === null ? {} : { providerId: row.providerId }),
    ...(row.segments === null ? {} : { segments: row.segments }),
  }
}

/** The id of a step by its number in a version. */
export const stepIdOf = (programs: ReadonlyMap<number, Program>, version: number, step: number): string =>
  programs.get(version)?.steps[step]?.id ?? `${step}`

/** The ledger of a campaign: what was meant for whom, and what became of it. */
export const messages: Routes = (app, deps) => {
  app.get(
    '/v1/campaigns/:id/messages',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['campaigns'],
        params: campaignParams,
        querystring: pageQuery.extend({ status: z.enum(messageStatuses).optional(), step: z.string().max(200).optional() }),
        response: { 200: pageOf(messageSchema) },
      },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      const { limit, cursor, status, step } = request.query
      const runs = await listRuns(deps.db, campaign.id)
      const last = await lastRun(deps.db, campaign.id)
      const programs = await programsOf(deps.db, campaign.id, last?.version ?? 0)
      const steps = step === undefined ? undefined : stepsNamed(programs, step)
      if (steps?.length === 0 && runs.length > 0)
        throw unprocessable(
          '/querystring/step',
          'unknownStep',
          t => t.refusals.noStep(step),
          t => t.refusals.listSteps,
        )
      const rows = await listMessages(deps.db, {
        runs: runs.map(run => run.id),
        status,
        steps,
        before: decodeCursor(cursor, z.uuid()),
        limit: limit + 1,
      })
      return page(
        rows,
        limit,
        row => row.id,
        row => showMessage(row, stepIdOf(programs, row.version, row.step)),
      )
    },
  )
}

function stepsNamed(programs: ReadonlyMap<number, Program>, id: string): { version: number; step: number }[] {
  return [...programs].flatMap(([version, program]) =>
    program.steps.flatMap((step, index) => (step.id === id ? [{ version, step: index }] : [])),
  )
}
