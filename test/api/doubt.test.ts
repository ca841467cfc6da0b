import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSendGrid } from '../../channels/email/sendgrid.ts'
import { createTwilio } from '../../channels/sms/twilio.ts'
import { sql } from '../../domain/sql.ts'
import { anyOpenReport } from '../../prisma/queries/provider-events.ts'
import { takenOver } from '../../prisma/queries/uncertain.ts'
import { type FaultKind, faultsInOrder } from '../providers/faults.ts'
import { type SendGridServer, startSendGrid } from '../providers/sendgrid.ts'
import { startTwilio, type TwilioServer } from '../providers/twilio.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { endsOf, type Journeys, openJourneys, publicUrl, secretKey } from '../support/journey.ts'

const minute = 60_000
let sendgrid: SendGridServer
let twilio: TwilioServer
let journeys: Journeys
let api: TestApi
let base: string
let person = 0
/** Providers and the journey tell the same time here: evidence compares them. */
let now: number

beforeAll(async () => {
  sendgrid = await startSendGrid()
  twilio = await startTwilio()
  const { accountSid, authToken } = twilio
  journeys = await openJourneys({
    channels: {
      email: createSendGrid({ apiKey: sendgrid.apiKey, baseUrl: sendgrid.url, from: 'hello@shop.example' }),
      sms: createTwilio({ accountSid, authToken, baseUrl: twilio.url, from: '+15005550006', publicUrl, slackMs: 1 }),
    },
    settings: { quietHours: { sms: null, email: null, inApp: null } },
  })
  api = await testApi({
    db: journeys.db,
    secretKey,
    clock: () => new Date(now),
    env: { PUBLIC_URL: publicUrl, SENDGRID_WEBHOOK_PUBLIC_KEY: sendgrid.publicKey },
  })
  base = await api.app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await api.close()
  await journeys.close()
  await sendgrid.close()
  await twilio.close()
})
beforeEach(async () => {
  now = Date.now()
  await journeys.db.run(sql`UPDATE message SET status = 'failed' WHERE status IN ('uncertain', 'held')`)
  sendgrid.setFaults(undefined)
  twilio.setFaults(undefined)
})

const content = (subject: string) => ({ subject, html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' })
const mail = (id: string, more: object = {}) => ({ kind: 'message', id, channel: 'email', content: content(id), ...more })
const text = (id: string, more: object = {}) => ({
  kind: 'message',
  id,
  channel: 'sms',
  content: { body: `${id} for {{ customer.firstName }}` },
  ...more,
})

async function campaign(count: number, journey: unknown[]) {
  const ids = Array.from({ length: count }, () => `p${++person}`)
  await journeys.receive(
    now,
    ...ids.map(userId => ({
      type: 'identify',
      userId,
      traits: {
        email: `${userId}@mail.example`,
        phone: `+46701${740_000 + Number(userId.slice(1))}`,
        firstName: userId,
        group: ids[0],
        consents: { sms: 'subscribed' },
      },
    })),
  )
  now = Math.max(now, Date.now())
  const { run } = await journeys.launch(
    {
      name: 'Doubts',
      trigger: { kind: 'now' },
      audience: { attribute: 'group', is: ids[0] },
      goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '30d' }, journey }],
    },
    now,
  )
  return { ids, run, play: (until = now + 1_000) => journeys.play(run, now, until) }
}
const statuses = async (run: { id: number }) =>
  Object.fromEntries(
    (
      await journeys.db.rows<{ status: string; n: number }>(
        sql`SELECT status, count(*)::int AS n FROM message WHERE run = ${run.id} GROUP BY 1`,
      )
    ).map(row => [row.status, row.n]),
  )
const tend = (at = now) => journeys.activities.tendMessages({ at })
/** Until silence may mean something: Twilio tells times in whole seconds. */
const breathe = () => new Promise(resolve => setTimeout(resolve, 2_100))
async function processed() {
  for (const end = Date.now() + 30_000; await anyOpenReport(journeys.db); ) {
    if (Date.now() > end) throw new Error('reports stay open')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

const report = (subjects: string[]) =>
  sendgrid.report(
    sendgrid.deliveries.filter(each => subjects.includes(each.subject)).map(each => sendgrid.event('delivered', each, now)),
    { url: `${base}/webhooks/sendgrid/events` },
  )

describe('an SMS whose sending got no answer', () => {
  test.each<[FaultKind, number]>([
    ['acceptThenReset', 1],
    ['resetBefore', 2],
  ])('after %s is settled by Twilio’s own list, and reaches its person once', async (fault, requests) => {
    twilio.setFaults(faultsInOrder(fault))
    const before = twilio.requests.length
    const { run, play, ids } = await campaign(1, [text('one'), text('two')])
    await play()
    expect(await statuses(run)).toEqual({ uncertain: 1 })
    // The virtual clock stands still while a message is sent, the provider's does not.
    await journeys.db.run(sql`UPDATE message SET uncertain_at = ${new Date(Date.now() - 10_000)} WHERE run = ${run.id}`)
    await breathe()
    now = Date.now()
    expect(await tend()).toMatchObject({ settled: 1, unknown: 0, runs: [{ run: run.id }] })
    await play()
    expect(await statuses(run)).toEqual({ accepted: 2 })
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 1 })
    expect(twilio.requests.length - before).toBe(requests + 1)
    expect(twilio.messages.filter(message => message.body.includes(`one for ${ids[0]}`))).toHaveLength(1)
  })
})

describe('a worker that was taken for dead and lives', () => {
  test('learns that its messages were taken over, and not from what the provider reported meanwhile', async () => {
    const { run, play } = await campaign(1, [text('own'), { kind: 'wait', for: '30d' }])
    await play()
    const [line] = await journeys.db.rows<{ id: string; attempt: string }>(
      sql`SELECT id, attempt FROM message WHERE run = ${run.id}`,
    )
    const over = async (status: string, attempt = line!.attempt) => {
      await journeys.db.run(sql`UPDATE message SET status = ${status}::message_status WHERE run = ${run.id}`)
      return await takenOver(journeys.db, attempt, [line!.id])
    }
    expect([await over('sending'), await over('delivered')]).toEqual([false, false])
    expect([await over('uncertain'), await over('queued'), await over('held')]).toEqual([true, true, true])
    expect(await over('accepted', crypto.randomUUID())).toBe(true)
  })
})

describe('e-mail whose sending got no answer', () => {
  test('is sent again when events flow for others and none comes for its batch', async () => {
    const other = await campaign(10, [mail('other'), { kind: 'wait', for: '30d' }])
    await other.play()
    sendgrid.setFaults(faultsInOrder('resetBefore'))
    const { run, play } = await campaign(3, [mail('lost')])
    await play()
    expect(await statuses(run)).toEqual({ uncertain: 3 })
    now += 8 * minute
    // Nobody hears anything: silence proves nothing then.
    expect(await tend()).toMatchObject({ settled: 0, unknown: 3 })
    await report(['other'])
    await processed()
    // Nor does it while nothing is heard of what was accepted later: perhaps reports no longer reach us.
    expect(await tend()).toMatchObject({ settled: 0, unknown: 3 })
    now -= 5 * minute
    const later = await campaign(10, [mail('later'), { kind: 'wait', for: '30d' }])
    await later.play()
    await report(['later'])
    await processed()
    now += 6 * minute
    expect(await tend()).toMatchObject({ settled: 3, unknown: 0 })
    await play()
    expect(await statuses(run)).toEqual({ accepted: 3 })
    expect(sendgrid.deliveries.filter(each => each.subject === 'lost')).toHaveLength(3)
    expect(sendgrid.duplicates()).toEqual([])
  })

  test('is held, and its customer goes on, when there is no evidence either way', async () => {
    sendgrid.setFaults(faultsInOrder('acceptThenReset'))
    const { run, play } = await campaign(2, [mail('unknown'), mail('next')])
    await play(now + 14 * minute)
    expect(await statuses(run)).toEqual({ uncertain: 2 })
    await play(now + 16 * minute)
    expect(await statuses(run)).toEqual({ held: 2, accepted: 2 })
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 2 })
    const { body } = await api.call('GET', '/v1/messages?status=held')
    expect(body.data).toHaveLength(2)
    expect(body.data[0]).toMatchObject({ status: 'held', step: 'unknown', run: `run_${run.id}` })
    expect(body.data[0].wouldSettle.join()).toContain('/webhooks/sendgrid/events')
    // The event that comes at last still settles it.
    await report(['unknown'])
    await processed()
    expect(await statuses(run)).toEqual({ delivered: 2, accepted: 2 })
  })

  test('is sent again after that time where the step says so, as transactions do by themselves', async () => {
    for (const more of [{ onUncertain: 'resend' }, { class: 'transactional' }]) {
      sendgrid.setFaults(faultsInOrder('resetBefore'))
      const { run, play } = await campaign(1, [mail(`again ${JSON.stringify(more)}`, more)])
      await play(now + 14 * minute)
      expect(await statuses(run)).toEqual({ uncertain: 1 })
      await play(now + 16 * minute)
      expect(await statuses(run)).toEqual({ accepted: 1 })
    }
  })
})

describe('what a stopped run leaves behind', () => {
  const stop = async (run: { id: number }) => {
    await journeys.activities.setRunStatus({ run: run.id, status: 'stopped', at: now })
    await journeys.activities.endStopped({ run: run.id, at: now })
  }

  test('is not sent any more when it is proved not to have been accepted', async () => {
    sendgrid.setFaults(faultsInOrder('resetBefore'))
    const { run, play } = await campaign(1, [mail('stopped')])
    await play()
    await stop(run)
    const later = await campaign(10, [mail('afterwards'), { kind: 'wait', for: '30d' }])
    await later.play()
    await report(['afterwards'])
    await processed()
    expect(await tend(now + 8 * minute)).toMatchObject({ settled: 1 })
    expect(await statuses(run)).toEqual({ failed: 1 })
  })

  test('is held in the end when nothing is heard of it', async () => {
    const { run, play } = await campaign(1, [mail('silent')])
    await play()
    await stop(run)
    // As a worker leaves it that dies while the run is stopped.
    await journeys.db.run(sql`UPDATE message SET status = 'sending' WHERE run = ${run.id}`)
    await journeys.db.run(
      sql`INSERT INTO send_attempt SELECT attempt, run, version, step, sending_at FROM message WHERE run = ${run.id}`,
    )
    await tend(now + 16 * minute)
    expect(await statuses(run)).toEqual({ uncertain: 1 })
    await tend(now + 50 * minute)
    expect(await statuses(run)).toEqual({ held: 1 })
  })
})

describe('a person who has looked it up', () => {
  const settle = (id: string, as: string, key?: string) =>
    api.call('POST', `/v1/messages/${id}/settle`, { as }, key ? { key } : {})
  const one = async (fault: FaultKind) => {
    sendgrid.setFaults(faultsInOrder(fault))
    const made = await campaign(1, [mail('settled')])
    await made.play()
    const row = await journeys.db.row<{ id: string }>(sql`SELECT id FROM message WHERE run = ${made.run.id}`)
    return { ...made, id: row!.id }
  }

  test('settles a doubtful send either way, and its customer goes on', async () => {
    const there = await one('acceptThenReset')
    expect((await settle(there.id, 'accepted')).body).toMatchObject({ status: 'accepted', evidence: { by: 'owner' } })
    await there.play()
    expect(await endsOf(journeys.db, there.run.id)).toEqual({ completed: 1 })
    expect(api.temporal.rung).toContain(there.run.id)

    const lost = await one('resetBefore')
    expect((await settle(lost.id, 'notAccepted')).body).toMatchObject({ status: 'queued' })
    await lost.play()
    expect(await statuses(lost.run)).toEqual({ accepted: 1 })
    expect(sendgrid.duplicates()).toEqual([])
    expect((await settle(lost.id, 'accepted')).status).toBe(409)
    const [audit] = await journeys.db.rows<{ action: string; target: string }>(
      sql`SELECT action, target FROM audit ORDER BY id DESC LIMIT 1`,
    )
    expect(audit).toEqual({ action: 'message.settled', target: lost.id })
  })

  test('of one that is held says what was: its customer has gone on, and nothing is sent out of turn', async () => {
    const { id, run, play } = await one('resetBefore')
    await play(now + 16 * minute)
    expect(await statuses(run)).toEqual({ held: 1 })
    expect((await settle(id, 'notAccepted')).body).toMatchObject({ status: 'failed' })
    expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 1 })
  })

  test('must be allowed to, and name one that is there', async () => {
    const { id } = await one('resetBefore')
    expect((await settle(id, 'accepted', await api.key('author'))).status).toBe(403)
    expect((await settle(id, 'perhaps')).status).toBe(400)
    expect((await settle(crypto.randomUUID(), 'accepted')).status).toBe(404)
    expect((await settle('x', 'accepted')).status).toBe(404)
  })
})

describe('a held message that a person has sent again', () => {
  const again = (id: string, key?: string) => api.call('POST', `/v1/messages/${id}/send-again`, undefined, key ? { key } : {})
  async function held(more: object = {}) {
    sendgrid.setFaults(faultsInOrder('resetBefore'))
    const made = await campaign(1, [mail('again', more), { kind: 'wait', for: '30d' }])
    await made.play()
    await made.play(now + 16 * minute)
    expect(await statuses(made.run)).toEqual({ held: 1 })
    const row = await journeys.db.row<{ id: string }>(sql`SELECT id FROM message WHERE run = ${made.run.id}`)
    sendgrid.deliveries.length = 0
    return { ...made, id: row!.id }
  }
  const reason = async (id: string) =>
    (await journeys.db.row<{ reason: string | null }>(sql`SELECT reason FROM message WHERE id = ${id}::uuid`))?.reason

  test('leaves once, whoever looks at the same time, and it is kept who decided, and on what', async () => {
    const { id, run, ids } = await held()
    const asked = await again(id)
    expect([asked.status, asked.body.status]).toEqual([202, 'queued'])
    expect(asked.body.evidence).toMatchObject({ by: 'owner', first: { status: 'held', attempt: expect.any(String) } })
    expect((await again(id)).status).toBe(409)
    await Promise.all([tend(now + minute), tend(now + minute), tend(now + minute)])
    await tend(now + 2 * minute)
    expect(await statuses(run)).toEqual({ accepted: 1 })
    expect(sendgrid.deliveries.map(each => each.to)).toEqual([`${ids[0]}@mail.example`])
    const audit = await journeys.db.row<{ actor: string; target: string; facts: object }>(
      sql`SELECT actor, target, facts FROM audit WHERE action = 'message.sentAgain' ORDER BY id DESC LIMIT 1`,
    )
    expect(audit).toMatchObject({ actor: 'owner', target: id, facts: { from: 'held' } })
    expect(await journeys.db.row(sql`SELECT actor FROM send_again WHERE message = ${id}::uuid AND done_at IS NOT NULL`)).toEqual({
      actor: 'owner',
    })
    expect((await again(id)).status).toBe(409)
    expect(await endsOf(journeys.db, run.id)).toEqual({ waiting: 1 })
  })

  test('is judged anew: who said stop meanwhile, or is suppressed, gets nothing', async () => {
    const stopped = await held()
    await again(stopped.id)
    await api.call('PUT', `/v1/customers/${stopped.ids[0]}/consents`, {
      channel: 'email',
      status: 'unsubscribed',
      source: 'phone',
    })
    const bounced = await held()
    await api.call('POST', '/v1/suppressions', { channel: 'email', address: `${bounced.ids[0]}@mail.example` })
    await again(bounced.id)
    await tend(now + minute)
    expect(sendgrid.deliveries).toEqual([])
    expect([await reason(stopped.id), await reason(bounced.id)]).toEqual(['unsubscribed', 'suppressed'])
    expect((await again(stopped.id)).status).toBe(409)
  })

  test('waits for the end of quiet hours, and while its run is paused; of a stopped run it is refused', async () => {
    const { id, run } = await held()
    const hour = new Date(now).toISOString().slice(11, 13)
    const [from, until] = [`${hour}:00`, `${String((Number(hour) + 2) % 24).padStart(2, '0')}:00`]
    Object.assign(journeys.settings, { quietHours: { sms: null, inApp: null, email: { from, until } }, defaultTimezone: 'UTC' })
    await again(id)
    await tend(now)
    expect(await statuses(run)).toEqual({ deferred: 1 })
    Object.assign(journeys.settings, { quietHours: { sms: null, inApp: null, email: null } })
    await tend(now + 5 * minute)
    expect(sendgrid.deliveries).toEqual([])
    await journeys.db.run(sql`UPDATE run SET status = 'paused' WHERE id = ${run.id}`)
    await tend(now + 180 * minute)
    expect(sendgrid.deliveries).toEqual([])
    await journeys.db.run(sql`UPDATE run SET status = 'running' WHERE id = ${run.id}`)
    await tend(now + 185 * minute)
    expect(await statuses(run)).toEqual({ accepted: 1 })

    const other = await held()
    await journeys.db.run(sql`UPDATE run SET status = 'stopped' WHERE id = ${other.run.id}`)
    expect((await again(other.id)).status).toBe(409)
  })

  test('that gets no answer again is in doubt again, and held again; one whose worker died too', async () => {
    const { id, run } = await held()
    // What was heard of others would be evidence.
    await journeys.db.run(sql`DELETE FROM provider_event`)
    await again(id)
    sendgrid.setFaults(faultsInOrder('resetBefore'))
    await tend(now + minute)
    expect(await statuses(run)).toEqual({ uncertain: 1 })
    await tend(now + 60 * minute)
    expect(await statuses(run)).toEqual({ held: 1 })
    expect((await again(id)).status).toBe(202)
    // A worker that claimed it and was killed.
    await journeys.db.run(
      sql`UPDATE message SET status = 'sending', sending_at = ${new Date(now + 61 * minute)} WHERE id = ${id}::uuid`,
    )
    await tend(now + 62 * minute)
    expect(await statuses(run)).toEqual({ sending: 1 })
    await tend(now + 80 * minute)
    expect(await statuses(run)).toEqual({ uncertain: 1 })
    await tend(now + 150 * minute)
    expect(await statuses(run)).toEqual({ held: 1 })
    expect(sendgrid.deliveries).toEqual([])
  })

  test('must be allowed to, and be held', async () => {
    const { id } = await held()
    expect((await again(id, await api.key('author'))).status).toBe(403)
    expect((await again(crypto.randomUUID())).status).toBe(404)
    await settleHeld(id)
    expect((await again(id)).status).toBe(409)
  })
  const settleHeld = (id: string) => api.call('POST', `/v1/messages/${id}/settle`, { as: 'accepted' })
})

describe('a message that was accepted and never heard of again', () => {
  test('is asked about at its provider', async () => {
    const { run, play } = await campaign(1, [text('quiet'), { kind: 'wait', for: '30d' }])
    await play()
    twilio.messages.at(-1)!.status = 'delivered'
    await journeys.db.run(sql`UPDATE message SET accepted_at = accepted_at - interval '7 hours' WHERE run = ${run.id}`)
    expect(await journeys.activities.askAboutUnfinished({ at: now, after: null })).toMatchObject({ asked: 1, told: 1 })
    await tend()
    expect(await statuses(run)).toEqual({ delivered: 1 })
  })
})
