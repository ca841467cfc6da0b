import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createOutgoing } from '../../activities/outgoing.ts'
import { webhookSecret } from '../../domain/journey/webhook-signature.ts'
import { sql } from '../../domain/sql.ts'
import { accountOf, replaceTiers } from '../../prisma/queries/loyalty.ts'
import { redeem } from '../../prisma/queries/offers.ts'
import { completeTask } from '../../prisma/queries/tasks.ts'
import { endsOf, type Journeys, openJourneys, secretKey } from '../support/journey.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 2, 2, 10)
const say = (subject: string, more: Record<string, unknown> = {}) => ({
  kind: 'message',
  channel: 'email',
  content: { subject, html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' },
  ...more,
})
const campaign = (journey: unknown[], more: Record<string, unknown> = {}) => ({
  name: 'Test',
  trigger: { kind: 'now' },
  goals: [{ key: 'g', kind: 'loyaltyReward', journey }],
  ...more,
})

let journeys: Journeys
beforeEach(async () => {
  journeys = await openJourneys({ allowPrivateWebhooks: true })
})
afterEach(() => journeys.close())

const people = (n: number) =>
  journeys.receive(
    start - day,
    ...Array.from({ length: n }, (_, i) => ({ type: 'identify', userId: `c${i}`, traits: { email: `c${i}@mail.example` } })),
  )
const number = async (externalId: string) =>
  (await journeys.db.row<{ id: number }>(sql`SELECT id FROM customer WHERE external_id = ${externalId}`))!.id
/** Sends a wave back to the step it stood at, as after a crash before its outcome was stored. */
const again = (place: number) =>
  journeys.db.run(
    sql`UPDATE enrollment SET state = 'waiting', place = ${place}, due = ${new Date(start)}, ended_at = NULL, reason = NULL, wave = NULL`,
  )

describe('a step that awards', () => {
  test('gives points once however often it is done, and tells of a tier as an event that others may await', async () => {
    await people(2)
    await journeys.db.transaction(tx =>
      replaceTiers(tx, [
        { key: 'silver', name: 'Silver', fromPoints: 50 },
        { key: 'gold', name: 'Gold', fromPoints: 500 },
      ]),
    )
    const journey = [
      { kind: 'award', id: 'points', points: 60, reason: 'thanks' },
      { kind: 'await', on: { event: 'Loyalty Tier Changed' }, within: '1d', do: [say('Silver!')] },
    ]
    const { run } = await journeys.launch(campaign(journey), start)
    await journeys.play(run, start, start + hour)
    const place = (await journeys.db.row<{ place: number }>(
      sql`SELECT (program->'entries'->>'g')::int AS place FROM campaign_version`,
    ))!.place
    await again(place)
    await journeys.play(run, start, start + 2 * day)
    expect(await accountOf(journeys.db, await number('c1'))).toEqual({ balance: 60, earned: 60, tier: 'silver' })
    const events = await journeys.db.rows(
      sql`SELECT ev.properties FROM event ev JOIN event_name n ON n.id = ev.name WHERE n.name = 'Loyalty Tier Changed'`,
    )
    expect(events).toEqual([{ properties: { from: null, to: 'silver' } }, { properties: { from: null, to: 'silver' } }])
  })

  test('tells of a tier once though two campaigns give the first points in the same instant, and the news begins a third', async () => {
    await people(20)
    await journeys.db.transaction(tx => replaceTiers(tx, [{ key: 'silver', name: 'Silver', fromPoints: 50 }]))
    const third = await journeys.launch(
      campaign([say('Silver!')], { trigger: { kind: 'event', event: 'Loyalty Tier Changed' }, reentry: 'always' }),
      start,
    )
    const runs = []
    for (let i = 0; i < 2; i++) runs.push((await journeys.launch(campaign([{ kind: 'award', points: 60 }]), start)).run)
    // Both stand before the accounts that a third is about to make, and in the end does not.
    const gate = await journeys.db.pool.connect()
    await gate.query(
      'BEGIN; INSERT INTO loyalty_account (customer, balance, earned, updated_at) SELECT id, 0, 0, now() FROM customer',
    )
    const both = Promise.all(runs.map(run => journeys.play(run, start, start + hour)))
    for (let waiting = 0; waiting < 2; )
      waiting = (await journeys.db.row<{ n: number }>(
        sql`SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      ))!.n
    await gate.query('ROLLBACK')
    gate.release()
    await both
    const told = await journeys.db.row<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM event ev JOIN event_name n ON n.id = ev.name WHERE n.name = 'Loyalty Tier Changed'`,
    )
    expect(told).toEqual({ n: 20 })
    await journeys.play(third.run, start, start + hour)
    expect(await accountOf(journeys.db, await number('c7'))).toEqual({ balance: 120, earned: 120, tier: 'silver' })
    expect(journeys.sent.map(m => m.to).sort()).toEqual(Array.from({ length: 20 }, (_, i) => `c${i}@mail.example`).sort())
  })

  test('gives back a share of the purchase that brought the customer in', async () => {
    await people(1)
    const { run } = await journeys.launch(
      campaign([{ kind: 'award', percent: 5 }], { trigger: { kind: 'event', event: 'Order Completed' } }),
      start,
    )
    const order = {
      at: start + hour,
      happen: () =>
        journeys.receive(start + hour, {
          type: 'track',
          userId: 'c0',
          event: 'Order Completed',
          properties: { revenue: 199.9, currency: 'EUR', orderId: '1' },
        }),
    }
    await journeys.play(run, start, start + day, [order])
    expect((await accountOf(journeys.db, await number('c0'))).balance).toBe(9)
  })
})

describe('a step that offers', () => {
  test('is redeemed once, in time, by whom it was made to, and never more often than its budget', async () => {
    await people(3)
    const { run } = await journeys.launch(
      campaign([{ kind: 'offer', key: 'spring', value: '10%', expires: '3d', budget: 1 }]),
      start,
    )
    await journeys.play(run, start, start + hour)
    const take = async (who: string, at: number) =>
      (await journeys.db.transaction(async tx => redeem(tx, 'spring', await number(who), new Date(at)))).kind
    expect(await take('c0', start + 4 * day)).toBe('expired')
    expect(await take('c0', start + day)).toBe('redeemed')
    expect(await take('c0', start + day)).toBe('already')
    expect(await take('c1', start + day)).toBe('usedUp')
    await journeys.receive(start, { type: 'identify', userId: 'new', traits: {} })
    expect(await take('new', start + day)).toBe('notOffered')
  })

  test('is not overdrawn by many at the till in the same instant, nor taken twice by one', async () => {
    await people(6)
    const { run } = await journeys.launch(campaign([{ kind: 'offer', key: 'spring', value: '10%', budget: 2 }]), start)
    await journeys.play(run, start, start + hour)
    const take = async (who: string) =>
      (await journeys.db.transaction(async tx => redeem(tx, 'spring', await number(who), new Date(start + day)))).kind
    const same = await Promise.all(Array.from({ length: 4 }, () => take('c0')))
    expect(same.sort()).toEqual(['already', 'already', 'already', 'redeemed'])
    const others = await Promise.all(['c1', 'c2', 'c3', 'c4', 'c5'].map(take))
    expect(others.sort()).toEqual(['redeemed', 'usedUp', 'usedUp', 'usedUp', 'usedUp'])
  })
})

describe('a step that opens a task', () => {
  test('waits for what comes of it and goes by the outcome, or by the time', async () => {
    await people(3)
    const { run } = await journeys.launch(
      campaign([
        {
          kind: 'task',
          title: 'Call them',
          assignee: 'anna',
          due: '2d',
          outcomes: { happy: [say('Glad')], angry: [say('Sorry')] },
          else: [say('We tried')],
        },
        say('Afterwards'),
      ]),
      start,
    )
    const complete = async (who: string, outcome: string) => {
      const task = await journeys.db.row<{ id: number }>(sql`SELECT id FROM task WHERE customer = ${await number(who)}`)
      const done = { outcome, note: null, by: 'anna', at: new Date(start + day) }
      expect(await journeys.db.transaction(tx => completeTask(tx, task!.id, done))).toEqual({ rings: [run.id] })
      expect(await journeys.db.transaction(tx => completeTask(tx, task!.id, done))).toBeUndefined()
    }
    await journeys.play(run, start, start + 5 * day, [
      { at: start + day, happen: () => complete('c0', 'happy') },
      { at: start + day, happen: () => complete('c1', 'angry') },
    ])
    const said = (subject: string) => journeys.sent.filter(m => m.subject === subject).map(m => [m.to, m.at - start])
    expect(said('Glad')).toEqual([['c0@mail.example', day]])
    expect(said('Sorry')).toEqual([['c1@mail.example', day]])
    expect(said('We tried')).toEqual([['c2@mail.example', 2 * day]])
    expect(said('Afterwards')).toHaveLength(3)
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 3 })
    const passed = await journeys.db.row(sql`SELECT sum(passed)::int AS n FROM step_count WHERE step = 0`)
    expect(passed).toEqual({ n: 3 })
  })

  test('about somebody who is not content holds back what is advertised to them, and nothing else', async () => {
    await people(2)
    await journeys.db.run(sql`INSERT INTO task (customer, title, status, holds_promotions, created_at)
      VALUES (${await number('c0')}, 'Low NPS score: 2', 'open', true, ${new Date(start)})`)
    const { run } = await journeys.launch(campaign([say('Sale'), say('Receipt', { class: 'transactional' })]), start)
    await journeys.play(run, start, start + hour)
    expect(journeys.sent.map(m => [m.to, m.subject]).sort()).toEqual([
      ['c0@mail.example', 'Receipt'],
      ['c1@mail.example', 'Receipt'],
      ['c1@mail.example', 'Sale'],
    ])
    const skipped = await journeys.db.rows(
      sql`SELECT reason, evidence->>'suppression' AS why FROM message WHERE status = 'skipped'`,
    )
    expect(skipped).toEqual([{ reason: 'suppressed', why: 'lowScore' }])
  })
})

describe('a survey', () => {
  test('is a message that leads to a page of its own for each customer', async () => {
    await people(2)
    const { run } = await journeys.launch(campaign([{ kind: 'survey', survey: 'nps', channel: 'email' }]), start)
    await journeys.play(run, start, start + hour)
    const links = journeys.sent.map(m => /https:\/\/shop\.example\/s\/[\w-]+/.exec(m.body)?.[0])
    expect(new Set(links).size).toBe(2)
    expect(links).not.toContain(undefined)
  })
})

interface Call {
  headers: IncomingHttpHeaders
  body: string
}

/** Somebody else's server: answers each call with the next of these codes, then with 200. */
async function receiver(...codes: number[]) {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      calls.push({ headers: request.headers, body })
      const code = codes.shift() ?? 200
      response.writeHead(code, code >= 300 && code < 400 ? { location: 'http://169.254.169.254/' } : {}).end('ok')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { calls, url: `http://127.0.0.1:${port}/hook`, close: () => new Promise(resolve => server.close(resolve)) }
}

describe('a step that calls another server', () => {
  test('signs what it sends, tries again when there is no good answer, under the same id, and goes on', async () => {
    const there = await receiver(503, 429)
    await people(1)
    const { run } = await journeys.launch(
      campaign([{ kind: 'webhook', url: there.url, body: { plan: 'pro' } }, say('Done')]),
      start,
    )
    await journeys.play(run, start, start + day)
    expect(there.calls).toHaveLength(3)
    expect(new Set(there.calls.map(call => call.headers['idempotency-key'])).size).toBe(1)
    const [call] = there.calls
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(call!.headers['perennial-signature']))!
    expect(mac).toBe(createHmac('sha256', webhookSecret(secretKey)).update(`${seconds}.${call!.body}`).digest('hex'))
    expect(JSON.parse(call!.body)).toMatchObject({ customer: 'c0', goal: 'g', data: { plan: 'pro' } })
    expect(journeys.sent.map(m => m.at - start)).toEqual([6 * 60_000])
    await there.close()
  })

  test('follows no redirect, and gives up in the end without losing the customer', async () => {
    const moved = await receiver(302)
    const broken = await receiver(...Array.from({ length: 20 }, () => 500))
    await people(1)
    const { run } = await journeys.launch(
      campaign([{ kind: 'webhook', url: moved.url }, { kind: 'webhook', url: broken.url }, say('Done')]),
      start,
    )
    await journeys.play(run, start, start + 2 * day)
    expect([moved.calls.length, broken.calls.length]).toEqual([1, 6])
    expect(journeys.sent).toHaveLength(1)
    const failed = await journeys.db.rows(sql`SELECT facts->>'error' AS error FROM decision WHERE outcome = 'failed' ORDER BY id`)
    expect(failed).toEqual([{ error: 'redirects are not followed' }, { error: 'answered 500' }])
    await moved.close()
    await broken.close()
  })

  test('calls nobody in a private network, by number, by name, or by a name that changes its meaning', async () => {
    const there = await receiver()
    const { post } = createOutgoing({ secret: 's', allowPrivate: false })
    const port = new URL(there.url).port
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433', '0'])
      expect(await post({ url: `http://${host}:${port}/`, id: '1', body: '{}', at: new Date(start) }), host).toMatchObject({
        kind: 'refused',
      })
    expect(there.calls).toHaveLength(0)
    await there.close()
  })
})
