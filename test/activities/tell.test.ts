import { afterEach, expect, test } from 'vitest'
import { replaceTiers } from '../../prisma/queries/loyalty.ts'
import { type Journeys, openJourneys } from '../support/journey.ts'

const start = Date.UTC(2026, 2, 2, 10)
let journeys: Journeys
afterEach(() => journeys.close())

test('a tier that is reached in one campaign begins another, whose run is rung at once and not looked at half a minute later', async () => {
  const rung: number[] = []
  journeys = await openJourneys({ ring: runs => rung.push(...runs) })
  await journeys.db.transaction(tx => replaceTiers(tx, [{ key: 'gold', name: 'Gold', fromPoints: 100 }]))
  for (const userId of ['anna', 'bert'])
    await journeys.receive(start - 1, { type: 'identify', userId, traits: { email: `${userId}@mail.example` } })
  const goal = (journey: unknown[]) => [{ key: 'g', kind: 'loyaltyReward', journey }]
  const content = { subject: 'Gold', html: '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>' }
  const heard = await journeys.launch(
    {
      name: 'Heard',
      trigger: { kind: 'event', event: 'Loyalty Tier Changed', where: [{ property: 'to', is: 'gold' }] },
      goals: goal([{ kind: 'message', channel: 'email', content }]),
    },
    start,
  )
  const { run } = await journeys.launch(
    {
      name: 'Given',
      trigger: { kind: 'now' },
      audience: { attribute: 'externalId', is: 'anna' },
      goals: goal([{ kind: 'award', points: 100, reason: 'thanks' }]),
    },
    start,
  )
  await journeys.play(run, start, start + 1_000)
  expect(rung).toEqual([heard.run.id])
  await journeys.play(heard.run, start + 1_000, start + 2_000)
  expect(journeys.sent.map(message => [message.to, message.subject])).toEqual([['anna@mail.example', 'Gold']])
})
