import { describe, expect, test } from 'vitest'
import { grainOf } from '../../activities/simulated-grain.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { compileProgram } from '../../domain/journey/program.ts'
import { settingsSchema } from '../../domain/settings.ts'

const say = { kind: 'message', channel: 'sms', content: { body: 'Hello' } }
const branch = { kind: 'branch', cases: [{ when: { event: 'Visited', within: '2d' }, do: [say] }] }

/** The grain of a campaign with this journey, in minutes. */
const grain = (journey: unknown[], { document = {}, settings = {}, past = false } = {}) => {
  const campaign = campaignSchema.parse({
    name: 'Grain',
    trigger: { kind: 'now' },
    goals: [{ key: 'g', kind: 'winBack', journey }],
    ...document,
  })
  return grainOf(campaign, compileProgram(campaign.goals), settingsSchema.parse(settings), past) / 60_000
}

describe('customers of a simulation go together', () => {
  test('who are due within a quarter of an hour, where all that counts begins and ends with quarters', () => {
    const journey = [say, { kind: 'wait', for: '3d' }, { kind: 'wait', until: '09:15' }, say]
    expect(grain(journey)).toBe(15)
    expect(grain(journey, { settings: { caps: [{ channel: 'sms', max: 1, per: '2d' }] } })).toBe(15)
  })

  test.each([
    ['a wait', [{ kind: 'wait', for: '20m' }, say], {}, 5],
    ['a time of day', [{ kind: 'wait', until: '09:03' }, say], {}, 1],
    ['a time to answer', [{ kind: 'await', on: { event: 'Visited' }, within: '90s' }], {}, 1],
    ['a task', [{ kind: 'task', title: 'Call', due: '10m', else: [say] }], {}, 5],
    ['a cap', [say], { settings: { caps: [{ channel: 'sms', max: 1, per: '40m' }] } }, 5],
    ['quiet hours', [say], { settings: { quietHours: { sms: { from: '20:00', until: '08:50' } } } }, 5],
  ])('who are due within less, where %s ends in between', (_, journey, more, minutes) => {
    expect(grain(journey, more)).toBe(minutes)
  })

  test.each([
    ['a pace', { document: { limits: { perMinute: 10 } } }],
    ['a budget', { document: { limits: { budget: { amount: 10, currency: 'EUR' } } } }],
    ['turns', { document: { trigger: { kind: 'schedule', cron: '0 9 * * *', timezone: 'UTC' } } }],
    ['a rule on the way', { journey: [branch] }],
    ['a rule that takes people out', { document: { exit: { event: 'Order Completed', within: '1d' } } }],
  ])('who are due within a minute, where %s may tell more', (_, more: { journey?: unknown[]; document?: object }) => {
    expect(grain(more.journey ?? [say], more)).toBe(1)
  })

  test('who are due within a quarter of a past, whose events come in longer stretches anyway', () => {
    expect(grain([branch], { past: true })).toBe(15)
  })
})
