import type { FastifyRequest } from 'fastify'
import { type Language, languageOf } from '../domain/texts/language.ts'
import { type Texts, textsIn } from '../domain/texts/texts.ts'
import type { App } from './deps.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the caller would rather read, of the languages there are. */
    language: Language
  }
}

/** Texts for machines and engineers are English whatever the caller's language: what providers send is read by no marketer. */
const forEngineers = /^\/(webhooks|metrics|openapi|docs|healthz|readyz)\b/

export const languageOfRequest = (request: Pick<FastifyRequest, 'url' | 'headers'>): Language =>
  forEngineers.test(request.url) ? 'en' : languageOf(request.headers['accept-language'])

/** The catalogue in the caller's language. */
export const textsOf = (request: FastifyRequest): Texts => textsIn[request.language]

/** Every request knows its language, and every answer of the API says in which it is. */
export function speak(app: App): void {
  app.decorateRequest('language', 'en')
  app.addHook('onRequest', async (request, reply) => {
    request.language = languageOfRequest(request)
    if (request.url.startsWith('/v1/')) reply.headers({ 'content-language': request.language, vary: 'Accept-Language' })
  })
}
