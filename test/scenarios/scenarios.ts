import { sql } from '../../domain/sql.ts'
import type { Db } from '../../prisma/client.ts'
import type { RunRow } from '../../prisma/queries/runs.ts'

/** Where a scenario is played: under Temporal in real seconds, or on a clock that jumps. */
export interface Stage {
  db: Db
  now(): number
  /** Stores calls as of now, and rings whom they concern. */
  receive(...calls: Record<string, unknown>[]): Promise<void>
  /** Launches, if asked for as of so many seconds ago: since then nobody has worked or swept. */
  launch(document: Record<string, unknown>, secondsAgo?: number): Promise<RunRow>
  /** Lets time pass, with a sweep a second. */
  pass(seconds: number): Promise<void>
  /** Lets time pass until something is so; throws where it never is. */
  until(what: string, ask: () => Promise<boolean>): Promise<void>
}

export interface Scenario {
  key: string
  tells: string
  play(stage: Stage, tools: Tools): Promise<void>
  /** What each customer got, in order, and how their stays ended. */
  expect: Record<string, { got: string[]; ended: string[] }>
}

export interface Tools {
  person(name: string, traits?: Record<string, unknown>): Promise<void>
  track(name: string, event: string, properties?: Record<string, unknown>, secondsAgo?: number): Promise<void>
  campaign(trigger: Record<string, unknown>, journey: unknown[], more?: Record<string, unknown>): Record<string, unknown>
  say(subject: string): Record<string, unknown>
  /** Until somebody has got so many messages in all. */
  got(name: string, messages: number): Promise<void>
  ended(name: string, stays: number): Promise<void>
}

/** What is so for a scenario's people: the same question to either stage. */
export async function outcomeOf(db: Db, key: string, subjectOf: (message: string) => string | undefined) {
  const people = await db.rows<{ id: number; name: string }>(
    sql`SELECT id, external_id AS name FROM customer WHERE attributes ->> 'of' = ${key} ORDER BY external_id`,
  )
  const outcome: Scenario['expect'] = {}
  for (const { id, name } of people) {
    const messages = await db.rows<{ id: string }>(
      sql`SELECT id FROM message WHERE customer = ${id} AND status = 'accepted' ORDER BY accepted_at, id`,
    )
    const stays = await db.rows<{ reason: string | null }>(sql`SELECT reason FROM enrollment WHERE customer = ${id} ORDER BY id`)
    outcome[name.slice(key.length + 1)] = {
      got: messages.map(message => subjectOf(message.id) ?? '?'),
      ended: stays.map(stay => stay.reason ?? 'under way'),
    }
  }
  return outcome
}

export function toolsFor(stage: Stage, key: string): Tools {
  const say = (subject: string) => ({
    kind: 'message',
    channel: 'email',
    content: { subject, html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a></p>' },
  })
  const count = async (name: string, what: 'message' | 'enrollment') => {
    const asked =
      what === 'message'
        ? sql`SELECT count(*)::int AS n FROM message m JOIN customer c ON c.id = m.customer WHERE c.external_id = ${`${key}-${name}`} AND m.status = 'accepted'`
        : sql`SELECT count(*)::int AS n FROM enrollment e JOIN customer c ON c.id = e.customer WHERE c.external_id = ${`${key}-${name}`} AND e.state = 'ended'`
    return (await stage.db.row<{ n: number }>(asked))?.n ?? 0
  }
  return {
    say,
    person: (name, traits = {}) =>
      stage.receive({
        type: 'identify',
        userId: `${key}-${name}`,
        traits: { of: key, email: `${key}-${name}@mail.example`, ...traits },
      }),
    track: (name, event, properties = {}, secondsAgo = 0) =>
      stage.receive({
        type: 'track',
        userId: `${key}-${name}`,
        event,
        properties,
        timestamp: new Date(stage.now() - secondsAgo * 1_000).toISOString(),
      }),
    campaign: (trigger, journey, more = {}) => ({
      name: key,
      trigger,
      audience: { attribute: 'of', is: key },
      goals: [{ key: 'g', kind: 'winBack', success: { event: 'Order Completed', within: '30d' }, journey }],
      ...more,
    }),
    got: (name, messages) =>
      stage.until(`${key}: ${name} got ${messages}`, async () => (await count(name, 'message')) >= messages),
    ended: (name, stays) => stage.until(`${key}: ${stays} ended`, async () => (await count(name, 'enrollment')) >= stays),
  }
}

const iso = (at: number) => new Date(at).toISOString()

/** Every trigger, re-entry, re-arming, and what an outage left to be made up. Seconds stand for days. */
export const scenarios: readonly Scenario[] = [
  {
    key: 'now',
    tells: 'everybody at once, who buys leaves as converted and hears no more',
    play: async (stage, { person, track, campaign, say, got, ended }) => {
      await person('ann')
      await person('bob')
      await stage.launch(campaign({ kind: 'now' }, [say('One'), { kind: 'wait', for: '15s' }, say('Two')]))
      await got('bob', 1)
      await track('bob', 'Order Completed', { revenue: 10 })
      await ended('ann', 1)
    },
    expect: { ann: { got: ['One', 'Two'], ended: ['completed'] }, bob: { got: ['One'], ended: ['converted'] } },
  },
  {
    key: 'at',
    tells: 'the audience of a moment that was set, whoever has joined by then',
    play: async (stage, { person, campaign, say, ended }) => {
      await person('ann')
      await stage.launch(campaign({ kind: 'at', at: iso(stage.now() + 12_000) }, [say('Now')]))
      await person('bob')
      await ended('ann', 1)
      await ended('bob', 1)
    },
    expect: { ann: { got: ['Now'], ended: ['completed'] }, bob: { got: ['Now'], ended: ['completed'] } },
  },
  {
    key: 'schedule',
    tells: 'turns that an outage swallowed are made up by one, the next comes by itself, and re-entry lets everybody in again',
    play: async (stage, { person, campaign, say, ended }) => {
      await person('ann')
      await stage.launch(
        campaign({ kind: 'schedule', cron: '* * * * *', timezone: 'UTC' }, [say('Turn')], { reentry: 'always' }),
        200,
      )
      await ended('ann', 2)
    },
    expect: { ann: { got: ['Turn', 'Turn'], ended: ['completed', 'completed'] } },
  },
  {
    key: 'event',
    tells: 'one by one as an event arrives that matches; what is awaited moves who did it, time moves who did not',
    play: async (stage, { person, track, campaign, say, got, ended }) => {
      for (const name of ['ann', 'bob', 'cid']) await person(name)
      await stage.launch(
        campaign({ kind: 'event', event: 'Signed Up', where: [{ property: 'plan', is: 'pro' }] }, [
          say('Welcome'),
          { kind: 'await', on: { event: 'Visited' }, within: '20s', do: [say('Glad')], else: [say('Sorry')] },
        ]),
      )
      await track('ann', 'Signed Up', { plan: 'pro' })
      await track('bob', 'Signed Up', { plan: 'pro' })
      await track('cid', 'Signed Up', { plan: 'free' })
      await got('ann', 1)
      await track('ann', 'Visited')
      await ended('ann', 1)
      await ended('bob', 1)
    },
    expect: {
      ann: { got: ['Welcome', 'Glad'], ended: ['completed'] },
      bob: { got: ['Welcome', 'Sorry'], ended: ['completed'] },
      cid: { got: [], ended: [] },
    },
  },
  {
    key: 'reentry',
    tells: 'an event begins a second stay only once the time that re-entry asks for is over',
    play: async (stage, { person, track, campaign, say, ended }) => {
      await person('ann')
      await stage.launch(campaign({ kind: 'event', event: 'Asked' }, [say('Answer')], { reentry: { after: '10s' } }))
      await track('ann', 'Asked')
      await ended('ann', 1)
      await track('ann', 'Asked')
      await stage.pass(13)
      await track('ann', 'Asked')
      await ended('ann', 2)
    },
    expect: { ann: { got: ['Answer', 'Answer'], ended: ['completed', 'completed'] } },
  },
  {
    key: 'inactivity',
    tells: 'who falls silent, and again who came back and fell silent again; never who was never there',
    play: async (stage, { person, track, campaign, say, ended }) => {
      await person('ann')
      await person('bob')
      await track('ann', 'Login')
      await stage.launch(campaign({ kind: 'inactivity', for: '4s' }, [say('We miss you')], { reentry: 'always' }))
      await ended('ann', 1)
      await track('ann', 'Login')
      await ended('ann', 2)
      await stage.pass(3)
    },
    expect: { ann: { got: ['We miss you', 'We miss you'], ended: ['completed', 'completed'] }, bob: { got: [], ended: [] } },
  },
  {
    key: 'outage',
    tells: 'whose line was crossed while nobody swept is made up once, whose line lay before the launch is not',
    play: async (stage, { person, track, campaign, say, ended }) => {
      await person('ann')
      await person('bob')
      await track('ann', 'Login', {}, 90)
      await track('bob', 'Login', {}, 400)
      await stage.launch(campaign({ kind: 'inactivity', for: '60s' }, [say('We miss you')], { reentry: 'always' }), 120)
      await ended('ann', 1)
      await stage.pass(3)
    },
    expect: { ann: { got: ['We miss you'], ended: ['completed'] }, bob: { got: [], ended: [] } },
  },
  {
    key: 'trial',
    tells: 'a trial is reminded of before it ends; one that converts before its reminder is due never is',
    play: async (stage, { person, track, campaign, say, ended }) => {
      const trialEndsAt = iso(stage.now() + 40_000)
      for (const name of ['ann', 'bob']) {
        await person(name)
        await track(name, 'Trial Started', { trialEndsAt, plan: 'pro' })
      }
      await stage.launch(campaign({ kind: 'trialEnd', before: '22s' }, [say('It ends')]))
      await track('bob', 'Trial Converted', { plan: 'pro', mrr: 10 })
      await ended('ann', 1)
      await stage.pass(5)
    },
    expect: { ann: { got: ['It ends'], ended: ['completed'] }, bob: { got: [], ended: [] } },
  },
  {
    key: 'segment',
    tells: 'who enters a segment, each time they do, and not who was in it',
    play: async (stage, { person, campaign, say, ended }) => {
      await person('ann', { level: 'free' })
      await person('bob', { level: 'gold' })
      await stage.launch(campaign({ kind: 'segmentEntry', segment: 'gold' }, [say('Gold')], { reentry: 'always' }))
      const ann = sql`(SELECT id FROM customer WHERE external_id = 'segment-ann')`
      await person('ann', { level: 'gold' })
      await ended('ann', 1)
      await person('ann', { level: 'free' })
      await stage.until(
        'she was seen to leave',
        async () => !(await stage.db.row(sql`SELECT 1 FROM segment_member WHERE segment = 'gold' AND customer = ${ann}`)),
      )
      await person('ann', { level: 'gold' })
      await ended('ann', 2)
    },
    expect: { ann: { got: ['Gold', 'Gold'], ended: ['completed', 'completed'] }, bob: { got: [], ended: [] } },
  },
  {
    key: 'date',
    tells: 'a date of each customer, at its instant; one that has passed is past',
    play: async (stage, { person, campaign, say, ended }) => {
      await person('ann', { delivery: iso(stage.now() + 15_000) })
      await person('bob', { delivery: iso(stage.now() - 60_000) })
      await stage.launch(campaign({ kind: 'date', attribute: 'delivery', before: '5s' }, [say('It comes')]))
      await ended('ann', 1)
      await stage.pass(2)
    },
    expect: { ann: { got: ['It comes'], ended: ['completed'] }, bob: { got: [], ended: [] } },
  },
]
