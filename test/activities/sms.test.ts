import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Journeys, openJourneys } from '../support/journey.ts'

const day = 86_400_000
const start = Date.UTC(2026, 2, 2, 12)
let journeys: Journeys
beforeEach(async () => {
  journeys = await openJourneys()
  await journeys.receive(
    start - day,
    ...['sv-SE', 'en', 'fr-FR'].map((locale, i) => ({
      type: 'identify',
      userId: `c${i}`,
      traits: { phone: `+4670174060${i}`, locale, consents: { sms: 'subscribed' } },
    })),
  )
})
afterEach(() => journeys.close())

const text = (body: string, more: object = {}) => ({ kind: 'message', channel: 'sms', content: { body }, ...more })
async function play(...messages: object[]): Promise<string[]> {
  const { run } = await journeys.launch(
    {
      name: 'SMS',
      trigger: { kind: 'now' },
      goals: [{ key: 'g', kind: 'winBack', success: { event: 'Never', within: '1d' }, journey: messages }],
    },
    start,
  )
  const before = journeys.sent.length
  await journeys.play(run, start, start + day)
  return journeys.sent.slice(before).map(message => message.body)
}

describe('the first marketing SMS to a person', () => {
  test('says in their language how to end it, and the next ones do not', async () => {
    expect(await play(text('Sale!'), text('Still on'))).toEqual([
      'Sale!\nSvara STOPP för att avsluta',
      'Sale!\nReply STOP to opt out',
      'Sale!\nSTOP pour ne plus recevoir',
      'Still on',
      'Still on',
      'Still on',
    ])
  })

  test('is left as it is when it says so itself, or is owed to them', async () => {
    expect(await play(text('Your code is 1', { class: 'transactional' }), text('Sale! STOP to end'))).toEqual([
      ...Array(3).fill('Your code is 1'),
      ...Array(3).fill('Sale! STOP to end'),
    ])
  })
})
