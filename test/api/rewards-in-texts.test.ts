import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PlayedApi, playedApi } from '../support/played-api.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 10)
const duties = '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>'
const letter = (subject: string, more: object = {}) => ({
  kind: 'message',
  channel: 'email',
  content: { subject, html: duties },
  ...more,
})
const subject =
  '{{ points }}|{{ tier | default: "none" }}|{% if nextTier %}{{ nextTier.missing }} to {{ nextTier.name }}{% endif %}|{{ offer.value }} until {{ offer.expiresAt | date: "%Y-%m-%d" }}|{{ offer.code }}'
const campaign = (journey: unknown[]) => ({
  name: 'Thanks',
  trigger: { kind: 'now' },
  reentry: 'always',
  goals: [{ key: 'g', kind: 'loyaltyReward', journey }],
})

let api: PlayedApi
beforeAll(async () => {
  api = await playedApi(start)
  await api.identify(2)
  await api.call('PUT', '/v1/loyalty/tiers', {
    tiers: [
      { key: 'silver', name: 'Silver', fromPoints: 100 },
      { key: 'gold', name: 'Gold', fromPoints: 500 },
    ],
  })
  await api.call('POST', '/v1/customers/c1/loyalty/earn', { points: 90, key: 'first' })
})
afterAll(() => api.close())

describe('a text that reads points, tier and offer', () => {
  test('has them as they stand when it leaves: the offer is the one of this stay, and its code redeems it', async () => {
    const { run } = await api.launch(
      campaign([
        { kind: 'award', points: 20, reason: 'thanks' },
        { kind: 'offer', key: 'spring', value: '10%', expires: '7d' },
        letter(subject),
      ]),
    )
    await api.play(run, api.now.at + day)
    const bySubject = (who: string) => api.sent.find(message => message.to === `${who}@mail.example`)?.subject.split('|') ?? []
    expect(bySubject('c0').slice(0, 4)).toEqual(['20', 'none', '80 to Silver', '10% until 2026-03-09'])
    expect(bySubject('c1').slice(0, 4)).toEqual(['110', 'Silver', '390 to Gold', '10% until 2026-03-09'])
    const [theirs, others] = [bySubject('c1')[4]!, bySubject('c0')[4]!]
    expect(theirs).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    expect(theirs).not.toBe(others)
    const redeem = (code: string) => api.call('POST', '/v1/offers/spring/redeem', { customer: 'c1', code })
    expect((await redeem(others)).body.errors[0].code).toBe('notOffered')
    const done = await redeem(theirs.toLowerCase())
    expect([done.status, done.body.status, done.body.code]).toEqual([200, 'redeemed', theirs])
    expect((await redeem(theirs)).body.errors[0].code).toBe('already')
  })

  test('is shown with them before, and says beforehand whom it would leave out', async () => {
    const { body: made } = await api.call(
      'POST',
      '/v1/campaigns',
      campaign([letter('{{ points }} {{ tier }} {{ offer.value }}')]),
    )
    const { body: checked } = await api.call('POST', `/v1/campaigns/${made.id}/validate`)
    expect(checked.ok).toBe(true)
    expect(checked.warnings.map(({ code, message }: { code: string; message: string }) => [code, message])).toEqual(
      expect.arrayContaining([
        ['missingField', expect.stringContaining('no tier yet')],
        ['missingField', expect.stringContaining('nobody has an offer here')],
      ]),
    )
    const shown = await api.call('POST', `/v1/campaigns/${made.id}/preview`, { customer: 'c1' })
    expect(shown.body.subject).toBe('110 Silver 10%')
  })

  test('leaves out who lacks what it prints without a default, and sends to the others', async () => {
    const before = api.sent.length
    const { run } = await api.launch(campaign([letter('You are {{ tier }}')]))
    await api.play(run, api.now.at + day)
    expect(api.sent.slice(before).map(message => message.subject)).toEqual(['You are Silver'])
  })
})
