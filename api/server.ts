import type { Socket } from 'node:net'
import helmet from '@fastify/helmet'
import fastify, { type FastifyRequest, LogController } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { type Fault, PerennialError, refusal } from '../domain/errors.ts'
import { asWritten } from '../domain/texts/texts.ts'
import { authenticate } from './auth.ts'
import type { App, Deps } from './deps.ts'
import { holdKeyOfRoute, settleKey } from './idempotency.ts'
import { acceptJson, unstorable } from './json.ts'
import { speak } from './language.ts'
import { measure } from './metrics.ts'
import { describeApi } from './openapi.ts'
import { answerError, fromIssues, type Issue, sendProblem, toProblem } from './problem.ts'
import { routes } from './routes/index.ts'
import { lostReaders } from './routes/page.ts'

/** How large a JSON body may be where a route does not say otherwise, in bytes. */
const bodyLimit = 1024 * 1024

/** When it closes, what is under way has this long; connections that browsers opened in advance would keep it open for ever. */
const closeWithinMs = 5_000

export interface ServerOptions {
  /** Holds every answer to its schema, at a cost: for tests. */
  checkAnswers?: boolean
}

/** The whole API over its dependencies; nothing listens until `listen`, and `inject` works without. */
export function buildServer(deps: Deps, options: ServerOptions = {}): App {
  const app: App = fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    routerOptions: { maxParamLength: 8_192 },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void answerError(error, request as FastifyRequest, reply as never),
    clientErrorHandler: refuseSocket,
  })
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const base = httpPart === 'body' || httpPart === undefined ? [] : [httpPart]
    return (data: unknown) => {
      const result = (schema as z.ZodType).safeParse(data, { reportInput: true })
      return result.success ? { value: result.data } : { error: fromIssues(result.error.issues as readonly Issue[], base) }
    }
  })
  // Schemas of answers are for the reader of /openapi.json; tests hold answers to them.
  app.setSerializerCompiler(options.checkAnswers ? serializerCompiler : () => data => JSON.stringify(data))
  app.setErrorHandler(answerError)

  app.removeAllContentTypeParsers()
  acceptJson(app, ['application/json'])
  app.decorateRequest('actor')
  app.decorateRequest('heldKey', undefined)
  const allowedMethods = refuseOtherMethods(app)
  app.setNotFoundHandler((request, reply) => {
    const methods = allowedMethods(request.url.split('?', 1)[0]!)
    if (methods.length === 0) throw new PerennialError('notFound', t => t.refusals.nothingHere)
    reply.header('allow', methods.join(', '))
    return sendProblem(request, reply, new PerennialError('methodNotAllowed', t => t.refusals.takesMethods(methods)))
  })

  lostReaders(app)
  measure(app, deps)
  speak(app)
  app.addHook('preClose', async () => void setTimeout(() => app.server.closeAllConnections(), closeWithinMs).unref())
  app.addHook('onRequest', async (_request, reply) => void reply.header('x-content-type-options', 'nosniff'))
  app.addHook('onRequest', refuseEncodings)
  app.addHook('onRequest', authenticate(deps))
  app.addHook('preValidation', refuseUnstorableTexts)
  app.addHook('preHandler', holdKeyOfRoute(deps))
  app.addHook('onSend', settleKey(deps))

  app.register(helmet, {
    strictTransportSecurity: deps.config.publicUrl.startsWith('https:'),
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  })
  describeApi(app)
  app.register(async scope => {
    for (const register of routes) register(scope.withTypeProvider(), deps)
  })
  return app
}

/** Every route says what it needs; and which methods a path takes is remembered for the answer to others. */
function refuseOtherMethods(app: App): (path: string) => string[] {
  const known: { pattern: RegExp; methods: string[] }[] = []
  app.addHook('onRoute', route => {
    if (route.url.startsWith('/v1/') && !route.config?.needs)
      throw new Error(`${route.method} ${route.url} does not say what it needs`)
    const source = route.url
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:[A-Za-z]+/g, '[^/]+')
      .replaceAll('\\*', '.*')
    known.push({ pattern: new RegExp(`^${source}$`), methods: [route.method].flat() })
  })
  return path => [...new Set(known.filter(each => each.pattern.test(path)).flatMap(each => each.methods))].sort()
}

async function refuseEncodings(request: FastifyRequest): Promise<void> {
  const encoding = request.headers['content-encoding']
  if (encoding && encoding !== 'identity')
    throw new PerennialError('unsupportedMedia', t => t.refusals.noEncoding(encoding.slice(0, 40)))
}

/** Path and query may hold %00, which no row can. */
async function refuseUnstorableTexts(request: FastifyRequest): Promise<void> {
  const faults: Fault[] = [...unstorable(request.params, ['params']), ...unstorable(request.query, ['querystring'])]
  if (faults[0]) throw refusal('malformed', faults, true)
}

/** What the HTTP parser itself refuses: a problem document over the bare socket. */
function refuseSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = error.code === 'HPE_INVALID_METHOD' ? 'methodNotAllowed' : 'malformed'
  const detail =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'The headers are too large.'
      : error.code === 'HPE_INVALID_METHOD'
        ? 'No path takes this method.'
        : 'This is not HTTP/1.1.'
  const { headers, body } = toProblem(new PerennialError(code, asWritten(detail)))
  const text = JSON.stringify(body)
  const all = {
    ...headers,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
    ...(code === 'methodNotAllowed' ? { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE' } : {}),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${body.status} ${body.title}\r\n${lines.join('')}\r\n${text}`)
}
