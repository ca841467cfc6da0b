import { z } from 'zod'
import { signatureHeader, webhookSecret } from '../../domain/journey/webhook-signature.ts'
import type { Routes } from '../deps.ts'

/** What the receivers of the webhook step check signatures with. */
export const webhookSecretRoute: Routes = (app, deps) => {
  app.get(
    '/v1/webhook-secret',
    {
      config: { needs: 'manage' },
      schema: {
        tags: ['webhooks'],
        summary: 'The secret that signs the calls of the webhook step.',
        response: { 200: z.object({ secret: z.string(), header: z.string(), scheme: z.string() }) },
      },
    },
    async () => ({
      secret: webhookSecret(deps.config.secretKey),
      header: signatureHeader,
      scheme: 't=<unix seconds>,v1=<hex HMAC-SHA-256 of "<seconds>.<body>">',
    }),
  )
}
