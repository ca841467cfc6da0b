import { pino } from 'pino'
import { buildServer } from '../../api/server.ts'
import { readConfig } from '../../domain/config.ts'
import type { Db } from '../../prisma/client.ts'
import { type Answer, fakeGateway } from './api.ts'

/** The API as its owner sees it, over a database that something else has filled. */
export async function apiOver(db: Db, clock: () => Date) {
  const config = { ...readConfig({ DATA_DIR: '/nonexistent' }), apiKey: 'owner', secretKey: 'a secret of the tests, long enough' }
  const app = buildServer({ db, temporal: fakeGateway(), config, log: pino({ level: 'silent' }), clock }, { checkAnswers: true })
  await app.ready()
  const call = async (
    method: 'GET' | 'POST' | 'PUT',
    url: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const response = await app.inject({
      method,
      url,
      headers: {
        authorization: 'Bearer owner',
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { payload: JSON.stringify(options.body) }),
    })
    const json = String(response.headers['content-type'] ?? '').includes('json')
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
      body: json ? JSON.parse(response.body) : undefined,
      text: response.body,
    }
  }
  return { call, close: () => app.close() }
}
