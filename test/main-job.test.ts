import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashUnit } from '../domain/experiment/assign.ts'
import { sql } from '../domain/sql.ts'
import { seededFaults } from './providers/faults.ts'
import { openWhole, type Whole } from './support/whole.ts'

// The main job on real purchases: CDNOW's, moved so that their last day is yesterday, imported; those who bought before and have
// been silent for 120 days; one-time buyers to be won back and repeat buyers to be rewarded; two subjects and a holdout; an e-mail,
// a click awaited, an SMS; providers that fail now and then. Everything over the wire, as a marketer's own system would.

const day = 86_400_000
const seed = 20_260_714
const [, ...lines] = readFileSync(new URL('data/cdnow_events.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const bought = lines.map(line => {
  const [customer = '', date = '', , spend = ''] = line.split(',')
  return { customer, at: Date.parse(`${date}T12:00:00Z`), spend }
})
const today = Math.floor(Date.now() / day) * day
const shift = today - day / 2 - Math.max(...bought.map(one => one.at))

/** What an independent look at the file says. */
const lastAt = new Map<string, number>()
const times = new Map<string, number>()
for (const one of bought) lastAt.set(one.customer, Math.max(lastAt.get(one.customer) ?? 0, one.at + shift))
for (const { customer } of bought) times.set(customer, (times.get(customer) ?? 0) + 1)
const customers = [...lastAt.keys()]
const silent = customers.filter(customer => (lastAt.get(customer) ?? 0) <= Date.now() - 120 * day)

/** A zone in which it is noon now, whenever this runs, and one in which it is midnight. */
const offset = (hours: number) => `Etc/GMT${hours <= 0 ? '+' : '-'}${Math.abs(hours)}`
const noon = offset(((36 - new Date().getUTCHours()) % 24) - ((36 - new Date().getUTCHours()) % 24 > 12 ? 24 : 0))
const midnight = offset(((24 - new Date().getUTCHours()) % 24) - ((24 - new Date().getUTCHours()) % 24 > 12 ? 24 : 0))
const sleeps = (customer: string) => Number(customer) % 10 === 3
const agreed = (customer: string) => Number(customer) % 4 !== 0
const clicks = (customer: string) => hashUnit('clicks', customer) < 0.3
const customerOf = (to: string) => to.slice(1, 5)
const buys = (customer: string) => hashUnit('buys', customer) < 0.2

let whole: Whole
let campaign: string
let run: string
beforeAll(async () => {
  const kinds = ['resetBefore', 'tooMany', 'error503Before', 'error500After', 'acceptThenReset', 'garbage'] as const
  whole = await openWhole({
    emailFaults: seededFaults(seed, 0.3, kinds),
    smsFaults: seededFaults(seed + 1, 0.01, ['resetBefore', 'tooMany']),
    env: { UNCERTAIN_FOR: '12s' },
  })
}, 60_000)
afterAll(() => whole?.close())

const upload = async (path: string, csv: string) => {
  const begun = await whole.call('POST', path, csv, { 'content-type': 'text/csv' })
  expect(begun.status, begun.text).toBe(202)
  await whole.until(
    'the import is read',
    async () => (await whole.call('GET', `/v1/imports/${begun.body.id}`)).body.status !== 'running',
  )
  return (await whole.call('GET', `/v1/imports/${begun.body.id}`)).body
}
const param = (value: unknown) => encodeURIComponent(JSON.stringify(value))
const runView = async () => (await whole.call('GET', `/v1/runs/${run}`)).body
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, n) => all + n, 0)
const all = async (path: string) => {
  const rows: { status: string; customer: string; step: string; id: string }[] = []
  for (let cursor = ''; ; ) {
    const { body } = await whole.call('GET', `${path}?limit=500${cursor}`)
    rows.push(...body.data)
    if (!body.next) return rows
    cursor = `&cursor=${encodeURIComponent(body.next)}`
  }
}

describe('the main job', { timeout: 180_000 }, () => {
  test('the purchases come in as orders, and a second upload changes nothing', async () => {
    const csv = [
      'customer_id,date,quantity,spend',
      ...lines.map(line =>
        line.replace(/\d{4}-\d\d-\d\d/, date => new Date(Date.parse(`${date}T12:00:00Z`) + shift).toISOString()),
      ),
    ].join('\n')
    const path = `/v1/imports?kind=events&mapping=${param({ customer_id: 'externalId', date: 'timestamp', spend: 'revenue' })}&constant=${param({ event: 'Order Completed', currency: 'USD' })}`
    expect(await upload(path, csv)).toMatchObject({ status: 'completed', accepted: lines.length, rejected: 0 })
    const again = await upload(path, csv)
    expect(again).toMatchObject({ status: 'completed', accepted: lines.length, duplicates: lines.length })
    const stored = await whole.db.row<{ n: number }>(sql`SELECT count(*)::int AS n FROM event`)
    // Two like lines in one file are two purchases; the same file again is the same purchases.
    expect(stored?.n).toBe(lines.length)
  })

  test('so do the people, and a line that says nothing sensible is named', async () => {
    const people = customers.map(
      id => `${id},c${id}@mail.example,+1415555${id},${Number(id) % 3 ? `N${id}` : ''},${sleeps(id) ? midnight : noon}`,
    )
    const done = await upload(
      '/v1/imports?kind=customers',
      ['externalId,email,phone,firstName,timezone', ...people, ',nobody@mail.example,,,'].join('\n'),
    )
    expect(done).toMatchObject({ status: 'completed', accepted: customers.length, rejected: 1 })
    expect(done.rejections[0]).toMatchObject({ line: customers.length + 2 })
    const consents = customers.filter(agreed).map(id => `${id},sms,subscribed,checkout`)
    expect(await upload('/v1/imports?kind=consents', ['externalId,channel,status,source', ...consents].join('\n'))).toMatchObject(
      { rejected: 0 },
    )
  })

  test('a segment finds those who bought before and have been silent for 120 days', async () => {
    const rule = {
      all: [{ event: 'Order Completed', count: { gte: 1 } }, { inactive: { event: 'Order Completed', for: '120d' } }],
    }
    const made = await whole.call('POST', '/v1/segments', { key: 'silent', name: 'Bought before, silent for 120 days', rule })
    expect(made.status, made.text).toBe(201)
    const { body } = await whole.call('POST', '/v1/segments/preview', { rule })
    expect(body).toMatchObject({ count: silent.length, of: customers.length })
  })

  test('a campaign with two goals, two subjects and a holdout is launched', async () => {
    const links = '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>'
    const email = (subject: string) => ({
      subject,
      html: `<p>Hello {{ customer.firstName | default: "there" }}</p><p><a href="https://shop.example/">Come back</a></p>${links}`,
    })
    const journey = (words: string) => [
      {
        kind: 'message',
        id: `${words}-mail`,
        channel: 'email',
        content: { a: email('We miss you'), b: email('Something for you') },
      },
      {
        kind: 'await',
        id: `${words}-click`,
        on: { message: 'clicked' },
        within: '20s',
        do: [],
        else: [{ kind: 'message', id: `${words}-sms`, channel: 'sms', content: { body: 'Still here: https://shop.example' } }],
      },
    ]
    const success = { event: 'Order Completed', within: '25s' }
    const made = await whole.call('POST', '/v1/campaigns', {
      name: 'Bring them back',
      trigger: { kind: 'now' },
      audience: { segment: 'silent' },
      goals: [
        {
          key: 'win-back',
          kind: 'winBack',
          when: { event: 'Order Completed', count: { lte: 1 } },
          success,
          journey: journey('win'),
        },
        { key: 'loyalty', kind: 'loyaltyReward', success, journey: journey('loyal') },
      ],
      experiment: {
        holdout: 0.1,
        variants: [
          { key: 'a', weight: 1 },
          { key: 'b', weight: 1 },
        ],
        metric: { kind: 'conversion' },
      },
    })
    expect(made.status, made.text).toBe(201)
    campaign = made.body.id
    const checked = await whole.call('POST', `/v1/campaigns/${campaign}/validate`)
    expect(checked.body.problems).toEqual([])
    const launched = await whole.call('POST', `/v1/campaigns/${campaign}/launch`, undefined, { 'idempotency-key': 'launch-1' })
    expect(launched.status, launched.text).toBe(202)
    run = launched.body.run
    expect(
      (await whole.call('POST', `/v1/campaigns/${campaign}/launch`, undefined, { 'idempotency-key': 'launch-1' })).body,
    ).toEqual({ run })
    expect((await whole.call('POST', `/v1/campaigns/${campaign}/launch`)).status).toBe(409)
    await whole.until('everybody is enrolled', async () => (await runView()).enrolledAt !== null)
    const view = await runView()
    const salt = `campaign-${campaign.slice(4)}`
    expect(view.enrolled).toBe(silent.length)
    expect(view.byGoal).toEqual({
      'win-back': silent.filter(id => times.get(id) === 1).length,
      loyalty: silent.filter(id => (times.get(id) ?? 0) > 1).length,
    })
    // Anyone can recompute who is in which arm.
    const u = silent.map(id => hashUnit(salt, id))
    expect(view.byVariant).toEqual({
      holdout: u.filter(x => x < 0.1).length,
      a: u.filter(x => x >= 0.1 && x < 0.55).length,
      b: u.filter(x => x >= 0.55).length,
    })
  })

  test('the provider reports what became of the letters, some twice and in any order, and some people click and buy', async () => {
    const told = new Set<string>()
    // As long as letters arrive: report them, click, buy.
    await whole.until(
      'every letter is out and told of',
      async () => {
        const news = whole.sendgrid.deliveries.filter(delivery => !told.has(delivery.messageId))
        for (const delivery of news) told.add(delivery.messageId)
        const events = news.flatMap(delivery => {
          const delivered = whole.sendgrid.event('delivered', delivery)
          return clicks(customerOf(delivery.to)) ? [delivered, whole.sendgrid.event('click', delivery)] : [delivered]
        })
        const statuses = await whole.sendgrid.report(events, {
          url: `${whole.url}/webhooks/sendgrid/events`,
          shuffle: true,
          repeat: 0.2,
        })
        expect(statuses.every(status => status === 200)).toBe(true)
        const buyers = news.map(delivery => customerOf(delivery.to)).filter(buys)
        for (let from = 0; from < buyers.length; from += 500)
          expect(
            (
              await whole.call('POST', '/v1/batch', {
                batch: buyers.slice(from, from + 500).map(userId => ({
                  type: 'track',
                  userId,
                  messageId: `buys-${userId}`,
                  event: 'Order Completed',
                  properties: { revenue: 20, currency: 'USD' },
                })),
              })
            ).status,
          ).toBe(200)
        const view = await runView()
        const mails = view.bySteps.filter((step: { step: string }) => step.step.endsWith('mail'))
        return (
          mails.every((step: Record<string, number>) => step.queued === 0 && step.uncertain === 0) &&
          sum(Object.fromEntries(mails.map((step: { step: string; reached: number }) => [step.step, step.reached]))) ===
            view.enrolled - view.byVariant.holdout &&
          news.length === 0
        )
      },
      90_000,
    )
  })

  test('whoever did not click gets an SMS in the day, and nobody at night', async () => {
    await whole.until(
      'only those who sleep are left',
      async () => {
        const { active, bySteps } = await runView()
        const deferred = bySteps.reduce((all: number, step: { deferred: number }) => all + step.deferred, 0)
        return active === deferred
      },
      60_000,
    )
    const mailed = new Set(whole.sendgrid.deliveries.map(delivery => customerOf(delivery.to)))
    const texted = new Set(whole.twilio.messages.map(message => message.to.slice(-4)))
    for (const id of texted) {
      expect(sleeps(id)).toBe(false)
      expect(agreed(id)).toBe(true)
      expect(clicks(id) && mailed.has(id)).toBe(false)
    }
    const { bySteps } = await runView()
    expect(bySteps.reduce((all: number, step: { deferred: number }) => all + step.deferred, 0)).toBeGreaterThan(0)
  })

  test('nobody got anything twice, and a holdout got nothing', async () => {
    expect(whole.sendgrid.duplicates()).toEqual([])
    expect(whole.twilio.duplicates()).toEqual([])
    const mails = whole.sendgrid.deliveries.map(delivery => delivery.to)
    expect(new Set(mails).size).toBe(mails.length)
    const salt = `campaign-${campaign.slice(4)}`
    expect(mails.filter(to => hashUnit(salt, to.slice(1, 5)) < 0.1)).toEqual([])
  })

  test('every customer is accounted for to the last one', async () => {
    expect((await whole.call('POST', `/v1/campaigns/${campaign}/stop`)).status).toBe(200)
    const view = await runView()
    expect(view.status).toBe('stopped')
    expect(view.active).toBe(0)
    expect(sum(view.byVariant)).toBe(view.enrolled)
    expect(sum(view.ended)).toBe(view.enrolled)
    expect(view.ended.holdout).toBe(view.byVariant.holdout)
    const ledger = await all(`/v1/campaigns/${campaign}/messages`)
    for (const step of view.bySteps.filter((each: { kind: string }) => each.kind === 'message')) {
      expect(step.reached).toBe(
        step.sent + sum(step.skipped) + step.failed + step.deferred + step.uncertain + step.held + step.queued,
      )
      expect(step.reached).toBe(ledger.filter(message => message.step === step.step).length)
    }
    expect(new Set(ledger.map(message => `${message.customer} ${message.step}`)).size).toBe(ledger.length)
    // What the provider delivered and what the ledger says left are the same letters.
    const sent = ledger.filter(
      message => message.step.endsWith('mail') && ['accepted', 'delivered', 'opened', 'clicked'].includes(message.status),
    )
    expect(new Set(sent.map(message => message.id))).toEqual(whole.sendgrid.ids())
  })

  test('the results count everybody who had the time, and say what may be concluded', async () => {
    await whole.until(
      'their windows have passed',
      async () => (await whole.call('GET', `/v1/campaigns/${campaign}/results`)).body.maturing === 0,
    )
    const { body, status, text } = await whole.call('GET', `/v1/campaigns/${campaign}/results`)
    expect(status, text).toBe(200)
    const view = await runView()
    for (const arm of body.arms) expect(arm.enrolled).toBe(view.byVariant[arm.key])
    expect(body.arms.map((arm: { key: string }) => arm.key).sort()).toEqual(['a', 'b', 'holdout'])
    expect(body.arms.find((arm: { key: string }) => arm.key === 'holdout').converted).toBe(0)
    const converted = body.arms.reduce((all: number, arm: { converted: number }) => all + arm.converted, 0)
    expect(converted).toBe(view.ended.converted)
    expect(body.srm.ok).toBe(true)
    expect(body.decision.state).toBe('keepRunning')
    const why = await whole.call('GET', `/v1/campaigns/${campaign}/explain?customer=${silent[0]}`)
    expect(why.body.decisions.length).toBeGreaterThan(2)
  })

  test('the metrics of the same purchases answer', async () => {
    const from = new Date(today - 90 * day).toISOString()
    const to = new Date(today - day).toISOString()
    for (const metric of ['crr', 'churn', 'repeatRate']) {
      const { status, body, text } = await whole.call('GET', `/v1/metrics/${metric}?from=${from}&to=${to}`)
      expect(status, text).toBe(200)
      expect(body.value).toBeGreaterThan(0)
      expect(body.denominator).toBeGreaterThan(0)
    }
  })
})
