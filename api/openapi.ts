import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Permission } from './auth.ts'
import type { App } from './deps.ts'
import { finishDocument, type RouteFacts } from './openapi-finish.ts'
import { problemSchema } from './problem.ts'

const refusal = (description: string) => ({ description, content: { 'application/problem+json': { schema: problemSchema } } })

/** The refusals that a reader should expect, each a problem document. */
const refusals: Record<number, string> = {
  400: 'Malformed: not JSON, or not the schema',
  401: 'No key, or one that is not known',
  403: 'The role of the key does not allow it',
  404: 'There is no such thing',
  413: 'Larger than this path takes',
  415: 'Another content type than this path takes',
  422: 'Of the schema, but it cannot mean anything',
}

function applies(
  status: number,
  route: {
    needs: Permission
    url: string
    schema: { body?: unknown; querystring?: unknown; params?: unknown; security?: unknown }
  },
): boolean {
  const { needs, url, schema } = route
  if (status === 401) return needs !== 'public' || schema.security !== undefined
  if (status === 403) return needs !== 'public'
  if (status === 404) return schema.params !== undefined || url.includes(':')
  if (status === 400) return Boolean(schema.body ?? schema.querystring ?? schema.params)
  if (status === 413 || status === 415 || status === 422) return Boolean(schema.body)
  return false
}

/** OpenAPI 3.1 from the schemas that validate the requests, at /openapi.json, and a page to read it at /docs. */
export function describeApi(app: App): void {
  const routes: RouteFacts[] = []
  app.addHook('onRoute', route => {
    const needs: Permission = route.config?.needs ?? 'public'
    for (const method of [route.method].flat())
      routes.push({ method, url: route.url, needs, idempotent: route.config?.idempotent === true })
    const schema = { ...route.schema }
    const response = { ...(schema.response as Record<string, unknown> | undefined) }
    for (const [status, description] of Object.entries(refusals))
      if (applies(Number(status), { needs, url: route.url, schema })) response[status] ??= refusal(description)
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
    transformObject: document => finishDocument(jsonSchemaTransformObject(document), routes),
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
