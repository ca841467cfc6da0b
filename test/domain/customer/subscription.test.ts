import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldSubscription, isSubscriptionEvent, type Subscription } from '../../../domain/customer/subscription.ts'

const day = (n: number) => new Date(Date.UTC(2026, 0, n))
const fold = (...events: [name: string, day: number, properties?: Record<string, unknown>][]): Subscription =>
  events.reduce<Subscription | undefined>(
    (before, [name, at, properties = {}]) => foldSubscription(before, { name, at: day(at), properties }),
    undefined,
  )!

describe('a subscription', () => {
  test('begins with a trial, converts, renews and is cancelled', () => {
    const trial = { plan: 'pro', trialEndsAt: '2026-01-15' }
    expect(fold(['Trial Started', 1, trial])).toMatchObject({
      status: 'trialing',
      plan: 'pro',
      trialEndsAt: day(15),
      startedAt: day(1),
    })
    const paid = { mrr: 49, currency: 'EUR', renewsAt: '2026-02-10T00:00:00Z' }
    const life = [
      ['Trial Started', 1, trial],
      ['Trial Converted', 10, paid],
    ] as [string, number, Record<string, unknown>][]
    expect(fold(...life)).toMatchObject({ status: 'active', plan: 'pro', mrr: 49, currency: 'EUR', startedAt: day(10) })
    const ended = fold(...life, ['Subscription Cancelled', 20, { reason: 'too dear' }])
    expect(ended).toMatchObject({ status: 'cancelled', cancelledAt: day(20), reason: 'too dear', mrr: 49 })
    expect(fold(...life, ['Subscription Cancelled', 20], ['Subscription Started', 25])).toMatchObject({
      status: 'active',
      cancelledAt: null,
      reason: null,
    })
  })

  test('an update changes what it names and nothing else', () => {
    const before = fold(['Subscription Started', 1, { plan: 'pro', mrr: 49 }])
    expect(fold(['Subscription Started', 1, { plan: 'pro', mrr: 49 }], ['Subscription Updated', 2, { mrr: 99 }])).toEqual({
      ...before,
      mrr: 99,
      changedAt: day(2),
      told: { ...before.told, mrr: day(2).getTime() },
    })
  })

  test('a late event does not undo a newer one, and fills in what nobody had said', () => {
    const late = fold(
      ['Subscription Cancelled', 20, { reason: 'moved' }],
      ['Trial Started', 1, { plan: 'pro', trialEndsAt: '2026-01-15' }],
    )
    expect(late).toMatchObject({
      status: 'cancelled',
      reason: 'moved',
      plan: 'pro',
      trialEndsAt: day(15),
      startedAt: day(1),
      changedAt: day(20),
    })
  })

  test('nonsense in its properties is not taken for money or time', () => {
    expect(fold(['Subscription Started', 1, { mrr: 'much', plan: 7, renewsAt: 'soon', currency: null }])).toMatchObject({
      mrr: null,
      plan: null,
      renewsAt: null,
      currency: null,
    })
  })

  test('other events are none of its', () => expect(['Order Completed', 'constructor', ''].some(isSubscriptionEvent)).toBe(false))

  test('is the same in every order of arrival', () => {
    const events: Parameters<typeof fold> = [
      ['Trial Started', 1, { plan: 'pro', trialEndsAt: '2026-01-10' }],
      ['Subscription Updated', 2, { mrr: 5 }],
      ['Subscription Started', 5, { plan: 'team', mrr: 20, currency: 'EUR' }],
      ['Subscription Cancelled', 9, { reason: 'price' }],
      ['Subscription Renewed', 12, { renewsAt: '2026-02-12' }],
    ]
    fc.assert(
      fc.property(fc.subarray(events, { minLength: 1 }), fc.infiniteStream(fc.double({ noNaN: true })), (some, keys) => {
        const order = new Map(some.map(event => [event, keys.next().value as number]))
        const shuffled = some.toSorted((a, b) => order.get(a)! - order.get(b)!)
        expect(fold(...shuffled)).toEqual(fold(...some))
      }),
    )
  })

  test('its status is that of the newest event, in whatever order they arrive', () => {
    const names = ['Trial Started', 'Trial Converted', 'Subscription Started', 'Subscription Renewed', 'Subscription Cancelled']
    const history = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 28 })), {
      minLength: 1,
      selector: ([, at]) => at,
    })
    fc.assert(
      fc.property(history, events => {
        const inOrder = events.toSorted((a, b) => a[1] - b[1])
        expect(fold(...events).status).toBe(fold(...inOrder).status)
        expect(fold(...events).changedAt).toEqual(day(inOrder.at(-1)![1]))
      }),
    )
  })
})
