import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWhole, type Whole } from '../support/whole.ts'

let whole: Whole
beforeAll(async () => {
  whole = await openWhole()
}, 180_000)
afterAll(() => whole?.close(), 120_000)

test('a journey in the app: sent, heard live, seen, and answered because it was seen', { timeout: 240_000 }, async () => {
  const people = ['ada', 'bob']
  const batch = people.map(userId => ({ type: 'identify', userId, traits: { firstName: userId } }))
  expect((await whole.call('POST', '/v1/batch', { batch })).status).toBe(200)
  const inApp = (title: string) => ({ kind: 'message', channel: 'inApp', content: { title, body: 'x' } })
  const draft = await whole.call('POST', '/v1/campaigns', {
    name: 'In the app',
    trigger: { kind: 'now' },
    goals: [
      {
        key: 'g',
        kind: 'education',
        journey: [
          inApp('Hello {{ customer.firstName }}'),
          { kind: 'await', on: { message: 'seen' }, within: '1h', reactWithin: '1s', do: [inApp('You have seen it')], else: [] },
        ],
      },
    ],
  })
  const tokens = new Map<string, string>()
  for (const person of people) tokens.set(person, (await whole.call('POST', `/v1/customers/${person}/inbox-token`)).body.token)
  const headers = (person: string) => ({ authorization: `Bearer ${tokens.get(person)}` })

  const leaving = new AbortController()
  const stream = await fetch(`${whole.url}/v1/inbox/stream`, { headers: headers('ada'), signal: leaving.signal })
  let heard = ''
  const reading = (async () => {
    for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) heard += part
  })().catch(() => {})

  const launched = await whole.call('POST', `/v1/campaigns/${draft.body.id}/launch`)
  expect(launched.status).toBe(202)
  await whole.until('Ada hears it', async () => heard.includes('Hello ada'), 90_000)

  const list = await whole.call('GET', '/v1/inbox/messages', undefined, headers('ada'))
  expect(list.body).toMatchObject({ unseen: 1, data: [{ title: 'Hello ada' }] })
  const id = list.body.data[0].id
  expect((await whole.call('POST', `/v1/inbox/messages/${id}/seen`, undefined, headers('ada'))).status).toBe(200)
  await whole.until('she is answered', async () => heard.includes('You have seen it'), 90_000)

  const titles = (await whole.call('GET', '/v1/inbox/messages', undefined, headers('bob'))).body.data.map(
    (message: { title: string }) => message.title,
  )
  expect(titles).toEqual(['Hello bob'])
  await whole.until('the ledger says so', async () => {
    const run = (await whole.call('GET', `/v1/runs/${launched.body.run}`)).body
    return run.bySteps[0].sent === 2 && run.bySteps[0].opened === 1 && run.bySteps[2].sent === 1
  })
  leaving.abort()
  await reading
})
