import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { anyOpenReport } from '../../prisma/queries/provider-events.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { type Journeys, openJourneys, publicUrl, secretKey } from '../support/journey.ts'

const minute = 60_000
let journeys: Journeys
let api: TestApi
let now = Date.UTC(2026, 2, 2, 12)
let person = 0

beforeAll(async () => {
  journeys = await openJourneys()
  api = await testApi({ db: journeys.db, secretKey, clock: () => new Date(now), env: { PUBLIC_URL: publicUrl } })
})
afterAll(async () => {
  await api.close()
  await journeys.close()
})
beforeEach(() => {
  now += 24 * 60 * minute
  journeys.sent.length = 0
})

const html = `<html><body><p>Hello {{ customer.firstName | default: "there" }}</p>
<a href="https://shop.example/sale?x=1&amp;y=2">Sale</a> <a class='b' href='https://shop.example/new'>New</a>
<a href="https://shop.example/of/{{ customer.externalId }}">Yours</a>
<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a> <a href="{{ preferencesUrl }}">choose</a></p></body></html>`

/** A letter that somebody new has got, and the links in it. */
async function letter(more: object = {}) {
  const id = `p${++person}`
  await journeys.receive(now, {
    type: 'identify',
    userId: id,
    traits: { email: `${id}@mail.example`, phone: `+4670174${2_000 + person}`, consents: { sms: 'subscribed' } },
  })
  const { run } = await journeys.launch(
    {
      name: 'Letter',
      trigger: { kind: 'now' },
      audience: { attribute: 'externalId', is: id },
      goals: [
        {
          key: 'g',
          kind: 'winBack',
          success: { event: 'Order Completed', within: '30d' },
          journey: [
            { kind: 'message', channel: 'email', content: { subject: 'Hi', html }, ...more },
            { kind: 'wait', for: '30d' },
          ],
        },
      ],
    },
    now,
  )
  await journeys.play(run, now, now + minute)
  const body = journeys.sent.at(-1)!.body
  const path = (pattern: RegExp) => pattern.exec(body)![1]!
  return {
    id,
    run,
    body,
    unsubscribe: path(/href="https:\/\/shop\.example(\/u\/[^"]+)"/),
    preferences: path(/href="https:\/\/shop\.example(\/preferences\/[^"]+)"/),
    links: [...body.matchAll(/href=["']https:\/\/shop\.example(\/c\/[^"']+)["']/g)].map(match => match[1]!),
    picture: path(/src="https:\/\/shop\.example(\/c\/[^"]+\.gif)"/),
  }
}
const visit = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  api.call(method, path, body, { key: null, headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0', ...headers } })
const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' }
const consents = (customer: string) =>
  journeys.db.rows<{ channel: string; topic: string; status: string; source: string }>(
    sql`SELECT k.channel, k.topic, k.status, k.source FROM consent k JOIN customer c ON c.id = k.customer WHERE c.external_id = ${customer} AND k.source <> 'api' ORDER BY 1, 2`,
  )
const status = async (customer: string) =>
  (await journeys.db.row<{ status: string }>(
    sql`SELECT m.status FROM message m JOIN customer c ON c.id = m.customer WHERE c.external_id = ${customer}`,
  ))!.status
const settings = async (change: object) => {
  const { version: _, ...standing } = (await api.call('GET', '/v1/settings')).body
  expect((await api.call('PUT', '/v1/settings', { ...standing, ...change })).status).toBe(200)
}
async function processed() {
  now += 3_000
  for (const end = Date.now() + 30_000; await anyOpenReport(journeys.db); ) {
    if (Date.now() > end) throw new Error('reports stay open')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

describe('unsubscribing', () => {
  test('asks on a page first, and reading it changes nothing', async () => {
    const { id, unsubscribe } = await letter()
    const page = await visit('GET', unsubscribe)
    expect(page.status).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.headers['set-cookie']).toBeUndefined()
    expect(page.text).toContain('<form method="post">')
    expect(page.text).toContain('<button type="submit">Unsubscribe</button>')
    expect((await visit('HEAD', unsubscribe)).status).toBe(200)
    // Scanners and prefetchers follow links in every way but this one.
    for (const [method, headers] of [
      ['GET', { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender' }],
      ['GET', { 'x-http-method-override': 'POST' }],
      ['PUT', {}],
      ['OPTIONS', { 'access-control-request-method': 'POST' }],
    ] as const)
      await visit(method, unsubscribe, headers as Record<string, string>)
    await visit('GET', `${unsubscribe}?List-Unsubscribe=One-Click&_method=POST`)
    expect(await consents(id)).toEqual([])
  })

  const multipart = '--x\r\ncontent-disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
  test.each([
    ['urlencoded', urlencoded, 'List-Unsubscribe=One-Click'],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }, multipart],
    ['nothing at all', {}, undefined],
    ['a multipart that is none', { 'content-type': 'multipart/form-data' }, 'List-Unsubscribe=One-Click'],
    ['a broken multipart', { 'content-type': 'multipart/form-data; boundary=x' }, '--y\r\nnonsense'],
    ['text', { 'content-type': 'text/plain; charset=utf-8' }, 'List-Unsubscribe=One-Click'],
    ['JSON', { 'content-type': 'application/json' }, '{"List-Unsubscribe": "One-Click"}'],
    ['a type that is none', { 'content-type': ';;;' }, 'x'],
  ])('takes one click as %s, without cookie or redirect, and keeps what was said', async (_, headers, body) => {
    const { id, unsubscribe } = await letter()
    const answer = await visit(
      'POST',
      unsubscribe,
      { ...headers, 'x-forwarded-for': '203.0.113.9' } as Record<string, string>,
      body,
    )
    expect(answer.status).toBe(200)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(await consents(id)).toEqual([{ channel: 'email', topic: '', status: 'unsubscribed', source: 'oneClick' }])
    const change = await journeys.db.row<{ evidence: object; at: Date }>(
      sql`SELECT evidence, at FROM consent_change ORDER BY id DESC LIMIT 1`,
    )
    expect(change).toMatchObject({
      at: new Date(now),
      evidence: { shown: 'List-Unsubscribe', ip: '127.0.0.1', forwardedFor: '203.0.113.9' },
    })
  })

  test('by the button of the page says what it showed', async () => {
    const { id, unsubscribe } = await letter()
    expect((await visit('POST', unsubscribe, urlencoded, 'from=page')).text).toContain('You are unsubscribed')
    expect(await consents(id)).toEqual([{ channel: 'email', topic: '', status: 'unsubscribed', source: 'page' }])
    const change = await journeys.db.row<{ evidence: object }>(sql`SELECT evidence FROM consent_change ORDER BY id DESC LIMIT 1`)
    expect(change!.evidence).toMatchObject({ shown: 'Do you want no more of this from us: E-mail?' })
  })

  test('ends every channel where the settings say so', async () => {
    await settings({ unsubscribeScope: 'all' })
    const { id, unsubscribe } = await letter()
    await visit('POST', unsubscribe, urlencoded, 'List-Unsubscribe=One-Click')
    expect((await consents(id)).map(row => [row.channel, row.status])).toEqual([
      ['email', 'unsubscribed'],
      ['inApp', 'unsubscribed'],
      ['sms', 'unsubscribed'],
    ])
    await settings({ unsubscribeScope: 'channel' })
  })

  test('with a token of another use, of nobody, or altered leads nowhere', async () => {
    const { id, unsubscribe, preferences } = await letter()
    const altered = `${unsubscribe.slice(0, -1)}${unsubscribe.endsWith('A') ? 'B' : 'A'}`
    for (const path of [`/u/${preferences.split('/')[2]}`, '/u/x', altered, '/u/..%2f']) {
      expect((await visit('POST', path)).status).toBe(404)
      expect((await visit('GET', path)).status).toBe(404)
    }
    expect(await consents(id)).toEqual([])
  })
})

describe('the preference centre', () => {
  const shown = ['email/', 'email/tips', 'email/news', 'sms/', 'sms/tips', 'sms/news']
  const form = (...on: string[]) =>
    new URLSearchParams([...shown.map(each => ['shown', each]), ...on.map(each => ['on', each])] as [string, string][]).toString()

  test('shows topics by channel as they stand, and escapes their names', async () => {
    await settings({
      topics: [
        { key: 'tips', name: 'Tips & <tricks>' },
        { key: 'news', name: 'News' },
      ],
    })
    const { preferences } = await letter()
    const page = await visit('GET', preferences)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Tips &amp; &lt;tricks&gt;')
    for (const name of shown) expect(page.text).toContain(`name="on" value="${name}" checked`)
  })

  test('keeps what differs, and nothing else', async () => {
    const { id, preferences } = await letter()
    await visit('POST', preferences, urlencoded, form('email/', 'email/tips', 'sms/', 'sms/tips', 'sms/news'))
    expect(await consents(id)).toEqual([{ channel: 'email', topic: 'news', status: 'unsubscribed', source: 'preferences' }])
    now += minute
    await visit('POST', preferences, urlencoded, form('email/', 'email/tips', 'email/news'))
    expect(await consents(id)).toEqual([
      { channel: 'email', topic: 'news', status: 'subscribed', source: 'preferences' },
      { channel: 'sms', topic: '', status: 'unsubscribed', source: 'preferences' },
    ])
    // What the page did not show is not said.
    now += minute
    await visit('POST', preferences, urlencoded, 'shown=email/&on=email/')
    expect(await consents(id)).toHaveLength(2)
  })

  test('takes a channel up again with the topics that are ticked', async () => {
    const { id, preferences, unsubscribe } = await letter()
    await visit('POST', unsubscribe, urlencoded, 'List-Unsubscribe=One-Click')
    now += minute
    const page = await visit('POST', preferences, urlencoded, form('email/', 'email/tips', 'sms/', 'sms/tips', 'sms/news'))
    expect(page.text).toContain('value="email/tips" checked')
    expect(page.text).not.toContain('value="email/news" checked')
    expect((await consents(id)).find(row => row.topic === '')).toMatchObject({ channel: 'email', status: 'subscribed' })
  })
})

describe('a link of a letter', () => {
  test('leads through us to where it led, and tells of the person who followed it', async () => {
    const { id, links, body, run } = await letter()
    expect(links).toHaveLength(3)
    expect(body).not.toContain('/of/')
    now += 10 * minute
    const answer = await visit('GET', links[0]!)
    expect([answer.status, answer.headers.location]).toEqual([302, 'https://shop.example/sale?x=1&y=2'])
    await processed()
    expect(await status(id)).toBe('clicked')
    expect(run.id).toBeGreaterThan(0)
  })

  test('with a person’s own parts leads exactly there, and hides them on its way', async () => {
    const { id, links } = await letter()
    now += 10 * minute
    const answer = await visit('GET', links[2]!)
    expect([answer.status, answer.headers.location]).toEqual([302, `https://shop.example/of/${id}`])
    expect(links[2]).not.toContain(id)
    await processed()
    expect(await status(id)).toBe('clicked')
    const kept = await journeys.db.rows<{ payload: object }>(
      sql`SELECT payload FROM provider_event ORDER BY received_at DESC LIMIT 1`,
    )
    expect(JSON.stringify(kept)).not.toContain(id)
  })

  test('of one message opens in no other, and nothing else opens at all', async () => {
    const [one, other] = [await letter(), await letter()]
    const [token, sealed] = one.links[2]!.split('/')[2]!.split('.')
    const theirs = other.links[2]!.split('/')[2]!.split('.')[0]
    const forged = Buffer.from('https://evil.example/of/everybody').toString('base64url')
    for (const path of [
      `/c/${theirs}.${sealed}`,
      `/c/${token}.${forged}`,
      `/c/${token}.${sealed}A`,
      `/c/${sealed}`,
      `/c/AAAAAAAAAAA`,
    ]) {
      const answer = await visit('GET', path)
      expect([answer.status, answer.headers.location]).toEqual([404, undefined])
    }
  })

  test.each<[string, string, Record<string, string>, number, (links: string[]) => string[]]>([
    ['somebody only looks where it leads', 'HEAD', {}, 10 * minute, links => [links[0]!]],
    [
      'a scanner names itself',
      'GET',
      { 'user-agent': 'Mozilla/5.0 (compatible; Barracuda Sentinel)' },
      10 * minute,
      links => [links[0]!],
    ],
    ['nobody names itself', 'GET', { 'user-agent': '' }, 10 * minute, links => [links[0]!]],
    ['it is followed within a moment of arriving', 'GET', {}, 1_000, links => [links[0]!]],
    ['all links are followed at once', 'GET', {}, 10 * minute, links => links],
  ])('is no engagement when %s', async (_, method, headers, after, which) => {
    const { id, links } = await letter()
    now += after
    for (const link of which(links)) expect((await visit(method, link, headers)).status).toBe(302)
    await processed()
    expect(['accepted', 'delivered']).toContain(await status(id))
  })

  test('leads nowhere but where its letter leads', async () => {
    const { links } = await letter()
    const token = links[0]!.split('/')[2]!.split('.')[0]!
    for (const path of [
      `/c/${token}`,
      `/c/${token}.AAAAAAAAAA`,
      `/c/${token}.https:%2f%2fevil.example`,
      `/c/x.${links[0]!.split('.')[1]}`,
    ]) {
      const answer = await visit('GET', path)
      expect([answer.status, answer.headers.location]).toEqual([404, undefined])
    }
  })

  test('is left alone, and no picture sent, where the settings do not ask', async () => {
    const plain = await openJourneys({ settings: { trackClicks: false, trackOpens: false } })
    await plain.receive(now, { type: 'identify', userId: 'x', traits: { email: 'x@mail.example' } })
    const { run } = await plain.launch(
      {
        name: 'Plain',
        trigger: { kind: 'now' },
        goals: [
          {
            key: 'g',
            kind: 'winBack',
            success: { event: 'E', within: '1d' },
            journey: [{ kind: 'message', channel: 'email', content: { subject: 'Hi', html } }],
          },
        ],
      },
      now,
    )
    await plain.play(run, now, now + minute)
    expect(plain.sent[0]!.body).not.toContain('/c/')
    expect(plain.sent[0]!.body).toContain('href="https://shop.example/sale?x=1&amp;y=2"')
    await plain.close()
  })
})

describe('a link of an SMS', () => {
  test('is short, leads exactly where it led, engages its customer, and dies with them', async () => {
    const id = `sms-${++person}`
    await journeys.receive(now, {
      type: 'identify',
      userId: id,
      traits: { phone: `+4670174${2_000 + person}`, city: 'Malmö & Lund', consents: { sms: 'subscribed' } },
    })
    const body = 'Yours: https://shop.example/åt/{{ customer.externalId }}?city={{ customer.city | url_encode }}. Bye'
    const { run } = await journeys.launch(
      {
        name: 'SMS',
        trigger: { kind: 'now' },
        audience: { attribute: 'externalId', is: id },
        goals: [
          {
            key: 'g',
            kind: 'winBack',
            success: { event: 'Order Completed', within: '30d' },
            journey: [
              { kind: 'message', channel: 'sms', content: { body } },
              {
                kind: 'await',
                on: { message: 'clicked' },
                within: '9d',
                do: [{ kind: 'message', channel: 'sms', content: { body: 'Clicked' } }],
              },
            ],
          },
        ],
      },
      now,
    )
    await journeys.play(run, now, now + minute)
    const text = journeys.sent.at(-1)!.body
    const path = /^Yours: https:\/\/shop\.example(\/c\/[\w-]{11})\. Bye\nReply STOP/.exec(text)![1]!
    expect((await visit('HEAD', path)).status).toBe(302)
    expect((await visit('GET', path, { 'user-agent': 'facebookexternalhit/1.1 Facebot Twitterbot/1.0' })).status).toBe(302)
    await processed()
    expect(['accepted', 'delivered']).toContain(await status(id))
    now += 10 * minute
    const answer = await visit('GET', path)
    expect([answer.status, answer.headers.location]).toEqual([302, `https://shop.example/%C3%A5t/${id}?city=Malm%C3%B6+%26+Lund`])
    await processed()
    expect(await status(id)).toBe('clicked')
    await journeys.play(run, now, now + 2 * minute)
    expect(journeys.sent.at(-1)!.body).toBe('Clicked')
    const kept = (await api.call('GET', `/v1/customers/${id}/export`)).body
    expect(JSON.stringify(kept)).toContain(`https://shop.example/åt/${id}`)
    const erasure = await api.call('DELETE', `/v1/customers/${id}`)
    expect(erasure.status).toBe(202)
    await journeys.activities.eraseRows({ erasure: erasure.body.id ?? erasure.body.erasure ?? erasure.body.receipt, at: now })
    expect((await visit('GET', path)).status).toBe(404)
    expect(await journeys.db.rows(sql`SELECT 1 FROM short_link`)).toEqual([])
  })
})

describe('the picture of a letter', () => {
  test('tells that it was opened, but for machines', async () => {
    const { id, picture } = await letter()
    now += minute
    const byMachine = await visit('GET', picture, { 'user-agent': 'Mozilla/5.0' })
    expect([byMachine.status, byMachine.headers['content-type']]).toEqual([200, 'image/gif'])
    await processed()
    expect(await status(id)).toBe('delivered')
    now += minute
    await visit('GET', picture, { 'user-agent': 'Mozilla/5.0 (via ggpht.com GoogleImageProxy)' })
    await processed()
    expect(await status(id)).toBe('opened')
    expect((await visit('GET', '/c/nobody.gif')).status).toBe(200)
  })
})
