import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readStripe, verifyStripe } from '../../channels/stripe/events.ts'

const secret = 'whsec_test'
const now = 1_700_000_000_000
const signed = (body: string, { at = now, key = secret } = {}) => {
  const t = Math.floor(at / 1_000)
  return `t=${t},v1=${createHmac('sha256', key).update(`${t}.${body}`).digest('hex')}`
}

describe('the signature of a Stripe webhook', () => {
  const body = '{"id":"evt_1"}'
  it('is taken within five minutes', () => {
    expect(verifyStripe(secret, signed(body), body, now)).toBe(true)
    expect(verifyStripe(secret, signed(body), Buffer.from(body), now + 300_000)).toBe(true)
  })

  it('is taken when one of two is right, as while a secret is rolled', () => {
    const [time, right] = signed(body).split(',')
    expect(verifyStripe(secret, `${time},v1=${'0'.repeat(64)},${right},v0=abc`, body, now)).toBe(true)
  })

  it.each([
    ['unsigned', undefined, body],
    ['with an empty header', '', body],
    ['without a time', signed(body).split(',')[1], body],
    ['without a signature', signed(body).split(',')[0], body],
    ['only with an old scheme', signed(body).replace('v1=', 'v0='), body],
    ['altered', signed(body), '{"id":"evt_2"}'],
    ['signed with another secret', signed(body, { key: 'whsec_other' }), body],
    ['late', signed(body, { at: now - 301_000 }), body],
    ['early', signed(body, { at: now + 301_000 }), body],
    ['with another time', signed(body).replace('t=1700000000', 't=1700000001'), body],
    ['with a signature that is no hex', 't=1700000000,v1=zz', body],
  ])('is refused when it comes %s', (_, header, raw) => {
    expect(verifyStripe(secret, header, raw, now)).toBe(false)
  })

  it('is refused without a secret', () => {
    expect(verifyStripe('', signed(body, { key: '' }), body, now)).toBe(false)
  })
})

const day = 86_400
const created = now / 1_000
const subscription = {
  id: 'sub_1',
  object: 'subscription',
  customer: 'cus_1',
  status: 'active',
  currency: 'eur',
  metadata: { externalId: 'ada' },
  trial_end: created + 3 * day,
  cancel_at_period_end: false,
  items: {
    data: [
      {
        quantity: 2,
        current_period_end: created + 30 * day,
        price: { id: 'price_1', lookup_key: 'pro', unit_amount: 1_250, recurring: { interval: 'month', interval_count: 1 } },
      },
    ],
  },
}
const event = (type: string, object: object, before?: object) => ({
  id: 'evt_1',
  type,
  created,
  data: { object, ...(before ? { previous_attributes: before } : {}) },
})
const change = (after: object, before: object) =>
  readStripe(event('customer.subscription.updated', { ...subscription, ...after }, before))
const iso = (seconds: number) => new Date(seconds * 1_000).toISOString()

describe('a subscription at Stripe', () => {
  it('that begins with a trial starts a trial', () => {
    expect(readStripe(event('customer.subscription.created', { ...subscription, status: 'trialing' }))).toEqual({
      eventId: 'evt_1',
      externalId: 'ada',
      stripeCustomer: 'cus_1',
      event: 'Trial Started',
      properties: { plan: 'pro', trialEndsAt: iso(created + 3 * day) },
      at: now,
    })
  })

  it('that begins paid starts, with its plan and monthly revenue over all its seats', () => {
    expect(readStripe(event('customer.subscription.created', subscription))).toMatchObject({
      event: 'Subscription Started',
      properties: { plan: 'pro', mrr: 25, currency: 'EUR', renewsAt: iso(created + 30 * day), status: 'active' },
    })
  })

  it('has not begun while its first payment is open', () => {
    expect(readStripe(event('customer.subscription.created', { ...subscription, status: 'incomplete' }))).toBeUndefined()
    expect(change({}, { status: 'incomplete' })!.event).toBe('Subscription Started')
    expect(change({ status: 'incomplete_expired' }, { status: 'incomplete' })).toBeUndefined()
  })

  it.each([
    ['converts a trial', {}, { status: 'trialing' }, 'Trial Converted'],
    ['changes its plan', {}, { items: {} }, 'Subscription Updated'],
    ['is set to end', { cancel_at_period_end: true }, { cancel_at_period_end: false }, 'Subscription Updated'],
    ['moves the end of a trial', { status: 'trialing' }, { trial_end: 1 }, 'Subscription Updated'],
    ['is not paid for good', { status: 'unpaid' }, { status: 'past_due' }, 'Subscription Cancelled'],
  ])('that %s says so', (_, after, before, name) => {
    expect(change(after, before)!.event).toBe(name)
  })

  it('says when a cancelled one ends, and when a moved trial does', () => {
    expect(change({ cancel_at_period_end: true }, {})!.properties.cancelsAt).toBe(iso(created + 30 * day))
    expect(change({ status: 'trialing' }, { trial_end: 1 })!.properties.trialEndsAt).toBe(iso(created + 3 * day))
  })

  it('that is cancelled is cancelled once, with the customer’s reason', () => {
    const cancelled = {
      ...subscription,
      status: 'canceled',
      cancellation_details: { feedback: 'too_expensive', reason: 'cancellation_requested' },
    }
    expect(readStripe(event('customer.subscription.deleted', cancelled))).toMatchObject({
      event: 'Subscription Cancelled',
      properties: { reason: 'too_expensive' },
    })
    expect(change({ status: 'canceled' }, { status: 'active' })).toBeUndefined()
  })

  it('whose trial will end is told only while there is a trial', () => {
    const ending = (object: object) => readStripe(event('customer.subscription.trial_will_end', { ...subscription, ...object }))
    expect(ending({ status: 'trialing' })).toMatchObject({
      event: 'Trial Ending',
      properties: { trialEndsAt: iso(created + 3 * day) },
    })
    expect(ending({ status: 'active' })).toBeUndefined()
    expect(ending({ status: 'trialing', trial_end: created - 1 })).toBeUndefined()
  })

  it.each([
    ['yearly', { unit_amount: 12_000, recurring: { interval: 'year', interval_count: 1 } }, 'usd', 10],
    ['every three months', { unit_amount: 3_000, recurring: { interval: 'month', interval_count: 3 } }, 'usd', 10],
    ['weekly', { unit_amount: 1_000, recurring: { interval: 'week', interval_count: 1 } }, 'usd', 43.48],
    ['in yen', { unit_amount: 1_000, recurring: { interval: 'month', interval_count: 1 } }, 'jpy', 1_000],
    ['in dinars', { unit_amount: 1_500, recurring: { interval: 'month', interval_count: 1 } }, 'kwd', 1.5],
    ['by use', { unit_amount: null, recurring: { interval: 'month', interval_count: 1 } }, 'usd', 0],
    ['in an old shape', { amount: 900, interval: 'month', interval_count: 1 }, 'usd', 9],
  ])('paid %s has its monthly revenue', (_, price, currency, mrr) => {
    const items = { data: [{ quantity: 1, price }] }
    expect(readStripe(event('customer.subscription.created', { ...subscription, currency, items }))!.properties.mrr).toBeCloseTo(
      mrr,
      2,
    )
  })
})

describe('an invoice at Stripe', () => {
  const invoice = {
    id: 'in_1',
    customer: 'cus_1',
    customer_email: 'ada@mail.example',
    currency: 'usd',
    amount_paid: 1_999,
    amount_due: 1_999,
    attempt_count: 2,
    next_payment_attempt: created + day,
    billing_reason: 'subscription_cycle',
    lines: { data: [{ period: { start: created, end: created + 30 * day } }] },
  }
  it('paid for a further period renews; paid for the first one or for a change does not', () => {
    expect(readStripe(event('invoice.paid', invoice))).toMatchObject({
      event: 'Subscription Renewed',
      properties: { renewsAt: iso(created + 30 * day), amount: 19.99, currency: 'USD' },
    })
    for (const billing_reason of ['subscription_create', 'subscription_update', 'manual'])
      expect(readStripe(event('invoice.paid', { ...invoice, billing_reason }))).toBeUndefined()
  })

  it('that could not be paid is told, with the next attempt', () => {
    expect(readStripe(event('invoice.payment_failed', invoice))).toMatchObject({
      event: 'Payment Failed',
      email: 'ada@mail.example',
      properties: { amount: 19.99, currency: 'USD', attempt: 2, nextAttemptAt: iso(created + day) },
    })
    expect(
      readStripe(event('invoice.payment_failed', { ...invoice, next_payment_attempt: null }))!.properties,
    ).not.toHaveProperty('nextAttemptAt')
  })

  it.each([
    ['the old', { subscription_details: { metadata: { userId: 'ada' } } }],
    ['the new', { parent: { subscription_details: { metadata: { userId: 'ada' } } } }],
  ])('names the caller’s customer in %s shape', (_, shape) => {
    expect(readStripe(event('invoice.paid', { ...invoice, ...shape }))!.externalId).toBe('ada')
  })
})

describe('what Stripe sends otherwise', () => {
  it('means nothing', () => {
    for (const type of ['charge.succeeded', 'customer.subscription.pending_update_applied', 'invoice.finalized'])
      expect(readStripe(event(type, subscription))).toBeUndefined()
    expect(readStripe(event('customer.subscription.created', { ...subscription, customer: null }))).toBeUndefined()
  })

  it('never breaks the reader, whatever JSON was signed', () =>
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(
          'customer.subscription.updated',
          'customer.subscription.created',
          'invoice.paid',
          'invoice.payment_failed',
        ),
        (json, type) => {
          readStripe(json)
          readStripe(event(type, { ...subscription, items: json, lines: json, metadata: json, status: json }, { status: json }))
        },
      ),
    ))
})
