import type { InjectOptions } from 'fastify'
import { pino } from 'pino'
import type { App } from '../../api/deps.ts'
import { buildServer } from '../../api/server.ts'
import type { TemporalGateway } from '../../api/temporal.ts'
import { readConfig } from '../../domain/config.ts'
import { PerennialError } from '../../domain/errors.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { testDatabase } from './stack.ts'

/** A gateway that does nothing but remember what it was asked; `away` makes it refuse as Temporal does when it is not there. */
export interface FakeGateway extends TemporalGateway {
  asked: { what: 'launch' | 'pause' | 'resume' | 'stop' | 'start'; of: unknown }[]
  rung: number[]
  away: boolean
}

export function fakeGateway(): FakeGateway {
  const ask = async (what: FakeGateway['asked'][number]['what'], of: unknown) => {
    if (gateway.away) throw new PerennialError('unavailable', t => t.refusals.temporalAway, { retryAfterSeconds: 5 })
    gateway.asked.push({ what, of })
  }
  const gateway: FakeGateway = {
    asked: [],
    rung: [],
    away: false,
    ready: async () => {
      if (gateway.away) throw new PerennialError('unavailable', t => t.refusals.temporalAway)
    },
    launch: run => ask('launch', run),
    update: (run, change) => ask(change, run),
    ring: runs => void gateway.rung.push(...runs),
    start: (workflow, workflowId, ...args) => ask('start', { workflow, workflowId, args }),
    lostRings: () => 0,
    close: async () => {},
  }
  return gateway
}

// biome-ignore lint/suspicious/noExplicitAny: what a test reads from an answer is what it asserts
export type Answer = { status: number; headers: Record<string, string>; body: any; text: string }

export interface TestApi {
  app: App
  db: Db
  temporal: FakeGateway
  ownerKey: string
  /** One request as the owner, or with another key (`null`: none). A body that is an object travels as JSON. */
  call(
    method: string,
    path: string,
    body?: unknown,
    options?: { key?: string | null; headers?: Record<string, string> },
  ): Promise<Answer>
  /** A new key of a role. */
  key(role: string): Promise<string>
  close(): Promise<void>
}

/**
 * The whole API over a database of its own and a fake Temporal, its answers held to their schemas. For `beforeAll`; close it in
 * `afterAll`. `clock` and environment variables may be given, or a
 * database to share with an engine, which then stays open.
 */
export async function testApi(
  options: { clock?: () => Date; env?: Record<string, string>; db?: Db; secretKey?: string } = {},
): Promise<TestApi> {
  const database = options.db ? undefined : await testDatabase()
  const db = options.db ?? openDatabase(database!.url, 10)
  const temporal = fakeGateway()
  const ownerKey = 'owner-key-of-the-tests'
  const config = {
    ...readConfig({ ...options.env, DATA_DIR: '/nonexistent' }),
    apiKey: ownerKey,
    secretKey: options.secretKey ?? 'a secret of the tests, long enough',
  }
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })
  const app = buildServer({ db, temporal, config, log, clock: options.clock ?? (() => new Date()) }, { checkAnswers: true })
  await app.ready()

  const call: TestApi['call'] = async (method, path, body, { key = ownerKey, headers = {} } = {}) => {
    const raw = typeof body === 'string' || Buffer.isBuffer(body)
    const response = await app.inject({
      method: method as NonNullable<InjectOptions['method']>,
      url: path,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: raw ? body : JSON.stringify(body) }),
    })
    const json = String(response.headers['content-type'] ?? '').includes('json') && response.body !== ''
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
      body: json ? JSON.parse(response.body) : undefined,
      text: response.body,
    }
  }
  return {
    app,
    db,
    temporal,
    ownerKey,
    call,
    key: async role => (await call('POST', '/v1/keys', { name: `a ${role}`, role })).body.key,
    close: async () => {
      await app.close()
      if (!database) return
      await db.close()
      await database.close()
    },
  }
}
