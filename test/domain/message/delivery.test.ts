import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  advance,
  type DeliveryStatus,
  deliveryStatuses,
  isFinal,
  type MessageStatus,
  messageStatuses,
  readNews,
} from '../../../domain/message/delivery.ts'

const after = (start: MessageStatus, news: readonly MessageStatus[]): MessageStatus =>
  news.reduce((status, one) => {
    const next = advance(status, one)
    return next === 'unchanged' ? status : next
  }, start)

const delivery = fc.constantFrom<DeliveryStatus>(...deliveryStatuses)
const onItsWay = fc.constantFrom<MessageStatus>('queued', 'sending', 'uncertain', 'held', 'accepted', 'deferred')

test('provider news in any order, once or many times, end in the same status', () => {
  fc.assert(
    fc.property(
      onItsWay,
      fc
        .array(delivery, { minLength: 1, maxLength: 8 })
        .chain(news => fc.tuple(fc.constant(news), fc.shuffledSubarray([...news, ...news], { minLength: news.length * 2 }))),
      (start, [news, again]) => {
        expect(after(start, again)).toBe(after(start, news))
      },
    ),
  )
})

test('a status never moves back: no news after the last change anything', () => {
  fc.assert(
    fc.property(onItsWay, fc.array(delivery), (start, news) => {
      const end = after(start, news)
      expect(after(end, news)).toBe(end)
    }),
  )
})

describe('news', () => {
  test.each<[MessageStatus, MessageStatus, MessageStatus | 'unchanged']>([
    ['sending', 'accepted', 'accepted'],
    ['uncertain', 'delivered', 'delivered'],
    ['held', 'accepted', 'accepted'],
    ['accepted', 'delivered', 'delivered'],
    ['clicked', 'opened', 'unchanged'],
    ['opened', 'clicked', 'clicked'],
    ['delivered', 'bounced', 'bounced'],
    ['bounced', 'delivered', 'unchanged'],
    ['clicked', 'complained', 'complained'],
    ['accepted', 'accepted', 'unchanged'],
    ['skipped', 'delivered', 'unchanged'],
    ['queued', 'sending', 'sending'],
    ['queued', 'uncertain', 'unchanged'],
    ['sending', 'uncertain', 'uncertain'],
    ['uncertain', 'held', 'held'],
    ['accepted', 'uncertain', 'unchanged'],
    ['delivered', 'queued', 'unchanged'],
    ['deferred', 'sending', 'sending'],
  ])('%s, then %s: %s', (current, news, expected) => expect(advance(current, news)).toBe(expected))

  test('settle every status there is, or leave it', () => {
    for (const current of messageStatuses)
      for (const news of messageStatuses) expect([...messageStatuses, 'unchanged']).toContain(advance(current, news))
    for (const current of messageStatuses.filter(isFinal)) expect(advance(current, 'delivered')).toBe('unchanged')
  })
})

describe('an engagement', () => {
  test.each([
    [{ kind: 'clicked' }, 'clicked', ['delivered', 'opened', 'seen', 'clicked']],
    [{ kind: 'opened' }, 'opened', ['delivered', 'opened', 'seen']],
    [{ kind: 'opened', machine: true }, 'delivered', ['delivered']],
    [{ kind: 'clicked', machine: true }, 'delivered', ['delivered']],
    [{ kind: 'seen' }, 'opened', ['delivered', 'opened', 'seen']],
    [{ kind: 'replied' }, 'opened', ['delivered', 'opened', 'seen', 'replied']],
    [{ kind: 'bounced' }, 'bounced', []],
    [{ kind: 'accepted' }, 'accepted', []],
  ] as const)('%j', (news, status, engagements) => expect(readNews(news)).toEqual({ status, engagements }))
})
