import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSendGrid } from '../../channels/email/sendgrid.ts'
import { createActivity } from '../../channels/email/sendgrid-activity.ts'
import { sql } from '../../domain/sql.ts'
import { faultsInOrder } from '../providers/faults.ts'
import { type SendGridServer, startSendGrid } from '../providers/sendgrid.ts'
import { endsOf, type Journeys, openJourneys } from '../support/journey.ts'

let sendgrid: SendGridServer
let journeys: Journeys
beforeAll(async () => {
  sendgrid = await startSendGrid({ activity: true })
  const { apiKey, url } = sendgrid
  journeys = await openJourneys({
    channels: { email: createSendGrid({ apiKey, baseUrl: url, from: 'hello@shop.example', activity: true }) },
    settings: { quietHours: { sms: null, email: null, inApp: null } },
  })
})
afterAll(async () => {
  await journeys.close()
  await sendgrid.close()
})

const content = { subject: 's', html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' }
async function campaign(who: string, journey: unknown[]) {
  const now = Date.now()
  await journeys.receive(now, { type: 'identify', userId: who, traits: { email: `${who}@mail.example`, group: who } })
  const at = Date.now()
  const success = { event: 'Order Completed', within: '30d' }
  const { run } = await journeys.launch(
    {
      name: 'Records',
      trigger: { kind: 'now' },
      audience: { attribute: 'group', is: who },
      goals: [{ key: 'g', kind: 'winBack', success, journey }],
    },
    at,
  )
  return { run, at, play: () => journeys.play(run, at, at + 1_000) }
}
const statuses = async (run: number) =>
  (await journeys.db.rows<{ status: string }>(sql`SELECT status FROM message WHERE run = ${run} ORDER BY id`)).map(
    row => row.status,
  )

test('e-mail whose acceptance nobody heard of is settled by SendGrid’s own records of our id, where an account has them', async () => {
  sendgrid.setFaults(faultsInOrder('acceptThenReset'))
  const { run, at, play } = await campaign('ada', [{ kind: 'message', id: 'one', channel: 'email', content }])
  await play()
  expect(await statuses(run.id)).toEqual(['uncertain'])
  expect(await journeys.activities.tendMessages({ at })).toMatchObject({ settled: 1, unknown: 0 })
  await play()
  expect(await statuses(run.id)).toEqual(['accepted'])
  expect(await endsOf(journeys.db, run.id)).toEqual({ completed: 1 })
  expect(sendgrid.count).toBe(1)
})

test('that the records have none yet settles nothing', async () => {
  sendgrid.setFaults(faultsInOrder('resetBefore'))
  const { run, at, play } = await campaign('bob', [{ kind: 'message', id: 'one', channel: 'email', content }])
  await play()
  expect(await journeys.activities.tendMessages({ at })).toMatchObject({ settled: 0, unknown: 1 })
  expect(await statuses(run.id)).toEqual(['uncertain'])
})

test('e-mail that was accepted and never heard of again is looked up there every day', async () => {
  sendgrid.setFaults(undefined)
  const step = { kind: 'message', id: 'one', channel: 'email', content }
  const { run, at, play } = await campaign('cem', [step, { kind: 'wait', for: '30d' }])
  await play()
  await journeys.db.run(sql`UPDATE message SET accepted_at = accepted_at - interval '7 hours' WHERE run = ${run.id}`)
  expect(await journeys.activities.askAboutUnfinished({ at, after: null })).toMatchObject({ told: 1 })
  await journeys.activities.tendMessages({ at })
  expect(await statuses(run.id)).toEqual(['delivered'])
})

test('six questions a minute are asked and no more, and an account without such records is left alone for an hour', async () => {
  let at = 0
  let asked = 0
  let status = 200
  const record = createActivity(
    async () => {
      asked++
      return { answered: true, status, headers: {}, body: { messages: [] } }
    },
    () => at,
  )
  for (let n = 0; n < 10; n++) await record(crypto.randomUUID())
  expect(asked).toBe(6)
  at = 60_001
  status = 403
  await record(crypto.randomUUID())
  at += 3_000_000
  await record(crypto.randomUUID())
  expect(asked).toBe(7)
  at += 700_000
  await record(crypto.randomUUID())
  expect(asked).toBe(8)
})
