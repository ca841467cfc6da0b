import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Permission } from './auth.ts'
import type { App } from './deps.ts'
import { problemSchema } from './problem.ts'

const refusal = (description: string) => ({ description, content: { 'application/problem+json': { schema: problemSchema } } })

/** OpenAPI 3.1 from the schemas that validate the requests, at /openapi.json, and a page to read it at /docs. */
export function describeApi(app: App): void {
  app.addHook('onRoute', route => {
    const needs: Permission = route.config?.needs ?? 'public'
    const schema = { ...route.schema }
    const response = { ...(schema.response as Record<string, unknown> | undefined) }
    response['4xx'] ??= refusal('Refused: the problem says which field and what to do')
    response['5xx'] ??= refusal('A part is away (503), or not built yet (501)')
    route.schema = { ...schema, response, ...(needs === 'public' ? { security: schema.security ?? [] } : {}) }
  })
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Perennial',
        description:
          'Retention campaigns that keep their promises. Errors are RFC 9457 problems; times are ISO 8601; durations are like "3d".',
        version: '0.1.0',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer KEY' },
          inboxToken: {
            type: 'http',
            scheme: 'bearer',
            description: 'A customer’s own token, from POST /v1/customers/{externalId}/inbox-token',
          },
          basic: { type: 'http', scheme: 'basic', description: 'The key as user name, as Segment-compatible SDKs send it' },
        },
      },
      security: [{ bearer: [] }, { basic: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: {
      'default-src': "'self'",
      'img-src': "'self' data:",
      'style-src': "'self' 'unsafe-inline'",
      'script-src': "'self'",
      'object-src': "'none'",
      'frame-ancestors': "'none'",
    },
  })
}
