import { z } from 'zod'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { compileContents } from '../compile-mjml.ts'
import type { Routes } from '../deps.ts'
import { preview as previewOf } from '../preview.ts'
import { campaignOf, campaignParams } from './campaigns.ts'

const bodySchema = z
  .strictObject({
    customer: z
      .string()
      .min(1)
      .max(500)
      .meta({ description: 'externalId of the customer whose copy to show', examples: ['u_1001'] }),
    step: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({
        description: 'Id of the message step; not needed where the campaign has one message only',
        examples: ['welcome.0'],
      }),
    variant: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Default: the variant this customer would be given', examples: ['a'] }),
    event: z
      .strictObject({ name: z.string().min(1).max(200).optional(), properties: z.record(z.string(), z.unknown()).default({}) })
      .optional()
      .meta({ description: "The event that brings the customer in; default: their newest of the trigger's event" }),
    document: campaignSchema
      .optional()
      .meta({ description: 'The campaign as it stands unsaved before its author; default: as it is stored' }),
  })
  .meta({ id: 'PreviewRequest' })

const common = {
  customer: z.string(),
  step: z.string(),
  variant: z.string(),
  class: z.enum(['marketing', 'transactional']),
  to: z.string().nullable().meta({ description: 'null: the customer has no such address, and would be skipped' }),
  from: z.string().nullable().meta({ description: 'null: no provider is configured, the sandbox keeps it' }),
}
const answerSchema = z
  .discriminatedUnion('channel', [
    z.object({
      ...common,
      channel: z.literal('email'),
      subject: z.string(),
      preheader: z.string().nullable(),
      html: z.string(),
      text: z.string(),
    }),
    z.object({
      ...common,
      channel: z.literal('sms'),
      body: z.string(),
      segments: z.int().meta({ description: 'What the carrier bills' }),
      encoding: z.enum(['GSM-7', 'UCS-2']),
    }),
    z.object({
      ...common,
      channel: z.literal('inApp'),
      title: z.string(),
      body: z.string(),
      action: z.string().nullable(),
      actionLabel: z.string().nullable(),
    }),
  ])
  .meta({ id: 'Preview', description: 'The message as it would leave, its links leading nowhere.' })

/** What one customer would read, of a draft as of anything that ran. */
export const preview: Routes = (app, deps) => {
  app.post(
    '/v1/campaigns/:id/preview',
    {
      // Rendering reads and changes nothing.
      config: { needs: 'read' },
      bodyLimit: 2 * 1024 * 1024,
      schema: {
        tags: ['campaigns'],
        summary: 'Renders one message of a campaign for one customer; nothing is sent or stored',
        params: campaignParams,
        body: bodySchema,
        response: { 200: answerSchema },
      },
    },
    async request => {
      const campaign = await campaignOf(deps, request.params.id)
      const { document: unsaved, ...asked } = request.body
      if (unsaved) compileContents(unsaved)
      return previewOf(deps, { id: campaign.id, document: unsaved ?? campaignSchema.parse(campaign.document) }, asked)
    },
  )
}
