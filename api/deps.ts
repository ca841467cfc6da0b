import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Config } from '../domain/config.ts'
import type { Db } from '../prisma/client.ts'
import type { TemporalGateway } from './temporal.ts'

/** The environment, with the two secrets that are made at first start when nobody set them. */
export type ApiConfig = Config & { apiKey: string; secretKey: string }

/** All that the routes reach beyond themselves. */
export interface Deps {
  db: Db
  temporal: TemporalGateway
  config: ApiConfig
  log: FastifyBaseLogger
  clock: () => Date
}

/** A server whose requests and answers are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** One file of routes: registers itself on the app it is given. */
export type Routes = (app: App, deps: Deps) => void
