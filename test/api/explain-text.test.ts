import { describe, expect, test } from 'vitest'
import type { ExplainedDecision } from '../../api/explain.ts'
import { sayDecision } from '../../api/explain-text.ts'
import { refusalReasons, type Verdict } from '../../domain/message/may-send.ts'
import { textsIn } from '../../domain/texts/texts.ts'

const at = '2026-03-02T12:00:00.000Z'
const zone = { zone: 'Europe/Stockholm', fellBack: false }
const say = (decision: Partial<ExplainedDecision>, language: 'en' | 'sv' = 'en') =>
  sayDecision({ at, kind: 'verdict', outcome: 'skipped', facts: {}, ...decision }, zone, textsIn[language])

/** Evidence as verdicts leave it, once through JSON as the ledger keeps it. */
type Refusal = Exclude<Verdict, { send: true }>
const evidence = {
  erased: { because: 'erased' },
  suppressed: { because: 'suppressed', suppression: 'complaint', since: new Date('2026-01-05T00:00:00Z') },
  unsubscribed: {
    because: 'unsubscribed',
    record: { topic: 'tips', status: 'unsubscribed', at: '2026-02-01T09:00:00Z', source: 'one-click' },
  },
  noConsent: { because: 'noConsent', channel: 'sms', topic: null, mode: 'explicit' },
  noAddress: { because: 'noAddress', channel: 'email' },
  holdout: { because: 'holdout' },
  goalReached: { because: 'goalReached', at: new Date(at) },
  exited: { because: 'exited' },
  budget: { because: 'budget', amount: 500, spent: 499.99, cost: 0.05, currency: 'EUR' },
  capped: { because: 'capped', count: 3, max: 3, channel: 'all', per: '7d' },
  quietHours: {
    because: 'quietHours',
    until: new Date('2026-03-02T08:03:00Z'),
    zone: 'Asia/Kolkata',
    fellBack: true,
    from: '21:00',
    to: '09:00',
  },
} satisfies { [R in Refusal['because']]: Omit<Extract<Refusal, { because: R }>, 'send'> }
const kept = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const refused = (because: (typeof refusalReasons)[number]): Partial<ExplainedDecision> =>
  because === 'quietHours'
    ? { outcome: 'deferred', facts: { evidence: { ...(kept(evidence[because]) as object), localTime: '2026-03-02 03:10' } } }
    : { reason: because, facts: { evidence: kept(evidence[because]) } }

describe('why a message did not leave, in a sentence', () => {
  test.each([
    ['suppressed', 'Nobody may write to this address: they called a message spam (since 2026-01-05).'],
    ['unsubscribed', 'They said stop to "tips" on 2026-02-01 (one-click).'],
    ['noConsent', 'Marketing by SMS asks for a yes, and none is on record.'],
    ['noAddress', 'No e-mail address of theirs is known.'],
    ['budget', 'The budget cannot pay it: 499.99 of 500.00 EUR are spent, and it costs 0.05.'],
    ['capped', 'They had had 3 messages within 7 days; at most 3 are allowed.'],
    [
      'quietHours',
      'Their clock showed 2026-03-02 03:10 (Asia/Kolkata, assumed: theirs is not known), and quiet hours last from 21:00 to 09:00; it leaves at 2026-03-02 13:33 there.',
    ],
  ] as const)('%s', (because, sentence) => {
    expect(say(refused(because))).toBe(sentence)
  })

  test.each(refusalReasons)('%s is said in every language, whole', because => {
    for (const language of ['en', 'sv'] as const)
      expect(say(refused(because), language)).toMatch(/^(?!.*(undefined|NaN|\[object|null))\p{Lu}.*\.$/u)
    expect(say(refused(because), 'sv')).not.toBe(say(refused(because)))
  })

  test('a text that could not be filled in names what is missing', () => {
    const facts = { evidence: { ok: false, missing: 'customer.firstName' } }
    expect(say({ reason: 'invalidTemplateData', facts })).toBe(
      'Its text needs customer.firstName, which they lack, and has no other word for it.',
    )
  })
})

test.each([
  ['uncertain', { why: 'the worker that was sending it died before an answer was stored' }],
  ['held', { why: 'nobody knows' }],
  ['failed', { code: '400', detail: 'no such number' }],
  ['bounced', { by: 'sendgrid', because: 'bounce', detail: '550 unknown user' }],
])('a message that is %s says so, and why', (outcome, evidence) => {
  const sentence = say({ outcome, facts: { evidence } })
  expect(sentence).toContain(`: ${'detail' in evidence ? evidence.detail : evidence.why}.`)
})

test('variants: drawn by a number, kept, won, or nothing compared', () => {
  const facts = { u: 0.123456, holdout: 0.1, variants: [{ key: 'a', weight: 1 }] }
  const variant = (outcome: string, more: Record<string, unknown> = facts) => say({ kind: 'variant', outcome, facts: more })
  expect(variant('a')).toBe('Their number 0.1235, between 0 and 1 and always the same for them here, drew the variant "a".')
  expect(variant('a', { ...facts, assigned: 'promoted' })).toBe('The variant "a" won and goes to everybody outside the holdout.')
  expect(variant('all', {})).toBe('Nothing is compared in this campaign: everybody gets the same.')
})
