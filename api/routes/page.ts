import type { FastifyReply, FastifyRequest } from 'fastify'
import { PerennialError } from '../../domain/errors.ts'
import { asWritten } from '../../domain/texts/texts.ts'
import type { App, Routes } from '../deps.ts'
import { bestOf, type PageFile, pageFiles } from '../page-files.ts'

/** Where the page itself takes over: one document answers all of them. */
const places = [
  '',
  'sign-in',
  'campaigns',
  'segments',
  'customers',
  'retention',
  'outbox',
  'imports',
  'settings',
  'uncertain',
  'tasks',
  'rewards',
  'impact',
]

/** Of the API and its callers: nothing below these is the page's. */
const elsewhere = /^\/(v1|webhooks|u|c|o|preferences|assets|docs|sign-in|inbox)(\/|\?|$)/

// No script but our own files. Styles of previewed e-mails stand in their markup, and their pictures anywhere.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: https: http:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const send = (request: FastifyRequest, reply: FastifyReply, file: PageFile) => {
  const { body, encoding } = bestOf(file, request.headers['accept-encoding'])
  if (encoding) reply.header('content-encoding', encoding)
  return reply
    .header('vary', 'accept-encoding')
    .header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    .type(file.type)
    .serializer((payload: Buffer) => payload as never)
    .send(body)
}
const document = async (request: FastifyRequest, reply: FastifyReply) => {
  const file = pageFiles().get('page.html')
  if (!file) throw new PerennialError('notBuilt', asWritten('The web page is not built: run npm run build.'))
  return send(request, reply.header('content-security-policy', policy), file)
}

/** Who follows an old link in a browser reads the page's own words for it, with a way on; programs read a problem document. */
export const lostReaders = (app: App): void =>
  void app.addHook('preHandler', async (request, reply) => {
    const reads = request.is404 && request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '')
    if (reads && pageFiles().has('page.html') && !elsewhere.test(request.url)) return document(request, reply.code(404))
  })

/** The web page: one document and its files, built by scripts/build-web.mjs. */
export const page: Routes = app => {
  const options = { config: { needs: 'public' as const }, schema: { hide: true } }
  for (const place of places) {
    app.get(`/${place}`, options, document)
    if (place && place !== 'sign-in') app.get(`/${place}/*`, options, document)
  }
  app.get('/assets/*', options, async (request, reply) => {
    const file = pageFiles().get(`assets/${(request.params as { '*': string })['*']}`)
    if (!file) throw new PerennialError('notFound', t => t.refusals.noFile)
    return send(request, reply, file)
  })
}
