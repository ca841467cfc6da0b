import { createActivities } from '../../activities/index.ts'
import { createVersions } from '../../activities/versions.ts'
import { type Happening, runVirtually } from '../../activities/virtual-clock.ts'
import type { Channel, Channels, Outcome } from '../../channels/channel.ts'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { checkCampaign } from '../../domain/campaign/check.ts'
import { opening } from '../../domain/campaign/trigger-kind.ts'
import { triggerKinds } from '../../domain/campaign/triggers/index.ts'
import { watchedBy } from '../../domain/campaign/watched.ts'
import { callSchema, readCall } from '../../domain/customer/call.ts'
import { compileProgram } from '../../domain/journey/program.ts'
import { channelKinds } from '../../domain/message/kinds.ts'
import { defaultSettings, type Settings, settingsSchema } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import type { Db } from '../../prisma/client.ts'
import { insertCampaign, segmentRules } from '../../prisma/queries/campaigns.ts'
import { recordConsents } from '../../prisma/queries/consents.ts'
import { beginErasure } from '../../prisma/queries/erase.ts'
import { eventNameIds } from '../../prisma/queries/event-name-ids.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { processReports } from '../../prisma/queries/news.ts'
import { storeReports } from '../../prisma/queries/provider-events.ts'
import { openRun, type RunRow } from '../../prisma/queries/runs.ts'
import { completeTask } from '../../prisma/queries/tasks.ts'
import { publishVersion } from '../../prisma/queries/versions.ts'
import { publicUrl, secretKey } from '../support/journey.ts'
import { eventNames, randomCampaign, randomEdit } from './journeys.ts'
import { type Random, randomOf } from './random.ts'

const hour = 3_600_000
const day = 24 * hour
const zones = ['Europe/Stockholm', 'America/Denver', 'Asia/Kolkata', 'Pacific/Auckland', 'Mars/Olympus', undefined]

/** A message that left, as the provider saw it. */
export interface Left {
  messageId: string
  at: number
}

/** What a seed's world was when it ended. */
export interface World {
  seed: number
  run: RunRow
  document: Record<string, unknown>
  settings: Settings
  left: Left[]
  edited: boolean
  ended: string
  /** By customer number: when somebody was erased. */
  erased: Map<number, number>
  /** Waves that were lost on the way, waves done twice, sends that died. */
  faults: number
}

const postalAddress = 'Main Street 1, Springfield'

/** A worker that dies before, in the middle of, or after what it does. */
class Died extends Error {}

/** Plays one seed: a random campaign for a few customers over two months, in which everything goes wrong that can. */
export async function playWorld(db: Db, seed: number): Promise<World> {
  const random = randomOf(seed)
  // Around the days on which clocks change, as often as not.
  const start = Date.UTC(2026, random.pick([1, 2, 8, 9]), random.int(1, 28), random.int(0, 23), random.int(0, 59))
  const until = start + 50 * day
  const name = `world-${seed}`
  const settings = settingsSchema.parse({
    ...defaultSettings({ postalAddress }),
    caps: random.chance(0.4)
      ? [{ channel: random.pick(['email', 'all']), max: random.int(1, 2), per: random.pick(['1d', '3d']) }]
      : [],
  })
  const left: Left[] = []
  let faults = 0
  const flaky = random.chance(0.6)
  const dies = (share: number) => flaky && random.chance(share)

  const channels = Object.fromEntries(channelKinds.map(kind => [kind, channelOf(kind)])) as Channels
  function channelOf(kind: Channel['kind']): Channel {
    return {
      kind,
      provider: 'memory',
      maxBatch: 1_000,
      send: async batch => {
        if (dies(0.03)) {
          faults++
          throw new Died('before anything left')
        }
        const outcomes = batch.envelopes.map<Outcome>(({ messageId }) => {
          const outcome = outcomeOf(random, flaky)
          if (outcome.kind === 'accepted' || outcome.kind === 'unclear') left.push({ messageId, at: batch.at })
          return outcome
        })
        if (dies(0.03)) {
          faults++
          throw new Died('after all left')
        }
        return outcomes
      },
    }
  }
  const activities = createActivities({
    db,
    versions: createVersions(db),
    channels,
    links: { secretKey, publicUrl },
    settings: async () => settings,
    waveSize: random.pick([1, 3, 1_000]),
    outgoing: {
      post: async () => (random.chance(0.8) ? { kind: 'done', code: 200 } : { kind: 'later', code: 503, error: 'answered 503' }),
    },
  })

  const customers = Array.from({ length: random.int(2, 6) }, (_, i) => `${name}-${i}`)
  const receive = async (at: number, ...calls: Record<string, unknown>[]) => {
    const read = calls.map((call, i) => {
      const stamped = { timestamp: new Date(at).toISOString(), messageId: `${name}-${at}-${i}-${random.int(0, 1e9)}`, ...call }
      const understood = readCall(callSchema.parse(stamped), { at: new Date(at) })
      if ('path' in understood) throw new Error(JSON.stringify(understood))
      return understood
    })
    await ingest(db, read, { receivedAt: new Date(at), region: 'US' })
  }
  await receive(
    start - 10 * day,
    ...customers.map(userId => ({ type: 'identify', userId, traits: traitsOf(random, name, start) })),
  )
  await receive(start - 4 * day, ...customers.map(userId => ({ type: 'track', userId, event: 'Login' })))
  for (const userId of customers)
    if (random.chance(0.4))
      await receive(start - day, {
        type: 'track',
        userId,
        event: 'Trial Started',
        properties: { trialEndsAt: new Date(start + random.int(1, 20) * day).toISOString() },
      })

  const document = randomCampaign(random, start, name)
  const run = await launch(db, document, start)
  const numberOf = async (externalId: string) =>
    (await db.row<{ id: number }>(sql`SELECT id FROM customer WHERE external_id = ${externalId}`))?.id
  const erased = new Map<number, number>()
  let paused = false
  let edited = false
  let standing = document

  const happenings: Happening[] = []
  const happen = (at: number, what: () => Promise<unknown>) =>
    happenings.push({
      at,
      happen: async () => {
        await what()
      },
    })
  const moment = () => start + random.int(1, 35 * 24 * 60) * 60_000
  for (let i = random.int(4, 16); i > 0; i--) {
    const at = moment()
    const userId = random.pick(customers)
    const event = random.chance(0.1) ? 'Trial Converted' : random.pick(eventNames)
    happen(at, () => receive(at, { type: 'track', userId, event, properties: { n: random.int(0, 100), revenue: 10 } }))
  }
  for (let i = random.int(0, 6); i > 0; i--) {
    const at = moment()
    happen(at, async () => {
      const message = left.length > 0 ? random.pick(left).messageId : undefined
      if (!message) return
      const kind = random.pick(['delivered', 'opened', 'clicked', 'bounced'] as const)
      await storeReports(db, 'memory', [{ eventId: `${name}-${at}`, kind, message, facts: { at } }], new Date(at))
      await processReports(db, { at: new Date(at) })
    })
  }
  for (let i = random.int(0, 2); i > 0; i--) {
    const at = moment()
    const who = random.pick(customers)
    happen(at, async () => {
      const customer = await numberOf(who)
      if (customer === undefined) return
      const said = { customer, channel: random.pick(channelKinds), topic: '', source: 'page', at: new Date(at) }
      await db.transaction(tx => recordConsents(tx, [{ ...said, status: 'unsubscribed' }]))
    })
  }
  if (random.chance(0.3)) {
    const at = moment()
    const who = random.pick(customers)
    happen(at, async () => {
      const customer = await numberOf(who)
      if (customer === undefined) return
      erased.set(customer, at)
      const id = crypto.randomUUID()
      await db.transaction(tx => beginErasure(tx, { id, customer, actor: 'test', at: new Date(at), addresses: [] }))
    })
  }
  for (let i = random.int(0, 4); i > 0; i--) {
    const at = moment()
    happen(at, async () => {
      const task = await db.row<{ id: number }>(
        sql`SELECT id FROM task WHERE run = ${run.id} AND status = 'open' ORDER BY id LIMIT 1`,
      )
      const done = { outcome: random.pick(['yes', 'no']), note: null, by: 'test', at: new Date(at) }
      if (task) await db.transaction(tx => completeTask(tx, task.id, done))
    })
  }
  if (random.chance(0.4)) {
    const from = moment()
    happen(from, async () => {
      paused = true
      await activities.setRunStatus({ run: run.id, status: 'paused', at: from })
    })
    const to = from + random.int(1, 5 * 24) * hour
    happen(to, async () => {
      paused = false
      await activities.setRunStatus({ run: run.id, status: 'running', at: to })
    })
  }
  if (random.chance(0.4)) {
    const at = moment()
    happen(at, async () => {
      const next = randomEdit(random, standing)
      if (!(await publish(db, run, next, random.chance(0.7), at))) return
      edited = true
      standing = next
    })
  }
  if (triggerKinds[campaignSchema.parse(document).trigger.kind].entry(campaignSchema.parse(document).trigger).by === 'sweep')
    for (let at = start + random.int(1, 6) * hour; at < until; at += random.int(12, 72) * hour)
      happen(at, async () => {
        await activities.sweepRuns({ at })
        // Twice at once is once.
        if (random.chance(0.1)) await activities.sweepRuns({ at })
      })
  // Whoever still waits in the end has until then to go on.
  happen(until - 1, async () => {
    if (paused) await activities.setRunStatus({ run: run.id, status: 'running', at: until - 1 })
  })
  happenings.sort((a, b) => a.at - b.at)

  const result = await runVirtually({
    activities: {
      ...activities,
      claim: async request => {
        const claimed = await activities.claim(request)
        // A claim whose answer was lost is asked again with the same numbers, and is the same claim.
        if (claimed.waves.length === 0 || !dies(0.1)) return claimed
        const again = await activities.claim(request)
        const waves = (of: typeof claimed) => JSON.stringify(of.waves.map(({ wave, size }) => [wave, size]).sort())
        if (waves(again) !== waves(claimed)) throw new Error(`a repeated claim took ${waves(again)}, not ${waves(claimed)}`)
        return again
      },
      perform: async request => {
        for (let attempt = 1; ; attempt++)
          try {
            const done = await activities.perform(request)
            // The worker dies after its work is stored: Temporal has it done again.
            if (attempt === 1 && dies(0.08)) {
              faults++
              continue
            }
            return done
          } catch (error) {
            if (!(error instanceof Died) || attempt > 5) throw error
            if (random.chance(0.3)) {
              await activities.releaseWave({ run: run.id, wave: request.wave.wave, at: request.at })
              return { next: null }
            }
          }
      },
    },
    campaign: run.campaign,
    run: run.id,
    finite: run.finite,
    snapshot: true,
    from: start,
    until,
    happenings,
    window: 1,
  })
  await activities.setRunStatus({ run: run.id, status: 'stopped', at: until })
  return { seed, run, document, settings, left, edited, ended: result.ended, erased, faults }
}

function outcomeOf(random: Random, flaky: boolean): Outcome {
  const dice = flaky ? random.next() : 1
  if (dice < 0.04) return { kind: 'refused', code: '550', detail: 'no such mailbox' }
  if (dice < 0.1) return { kind: 'later', code: '429', detail: 'slower', afterMs: 30_000 }
  if (dice < 0.15) return { kind: 'unclear', code: 'timeout', detail: 'no answer' }
  return { kind: 'accepted' }
}

function traitsOf(random: Random, world: string, start: number): Record<string, unknown> {
  const zone = random.pick(zones)
  const born = new Date(start + random.int(-5, 40) * day)
  return {
    world,
    plan: random.pick(['pro', 'free', 'gold']),
    birthday: `1990-${born.toISOString().slice(5, 10)}`,
    ...(random.chance(0.9) ? { email: `${random.int(0, 1e9)}@mail.example` } : {}),
    ...(random.chance(0.8) ? { phone: `+46701740${random.int(100, 999)}` } : {}),
    ...(zone ? { timezone: zone } : {}),
    consents: { ...(random.chance(0.7) ? { sms: 'subscribed' } : {}), ...(random.chance(0.1) ? { email: 'unsubscribed' } : {}) },
  }
}

async function launch(db: Db, document: Record<string, unknown>, at: number): Promise<RunRow> {
  const campaign = campaignSchema.parse(document)
  const rules = await segmentRules(db)
  const { problems } = checkCampaign(campaign, {
    segment: key => rules.get(key),
    topics: [],
    postalAddress,
    money: defaultSettings(),
  })
  if (problems[0]) throw new Error(`the simulation made an invalid campaign: ${JSON.stringify(problems[0])}`)
  const trigger = triggerKinds[campaign.trigger.kind]
  const { finite, enrolling, sweptTo, entriesOf } = opening(trigger.entry(campaign.trigger), new Date(at))
  const row = await insertCampaign(db, { name: campaign.name, document: campaign, at: new Date(at) })
  const program = compileProgram(campaign.goals)
  const names = await eventNameIds(db, watchedBy({ document: campaign, program }))
  const run = await openRun(db, {
    campaign: row.id,
    version: 1,
    document: campaign,
    program,
    finite,
    enrolling,
    salt: `campaign-${row.id}`,
    plannedSize: 5_000,
    at: new Date(at),
    sweptTo,
    watch: [...names.values()],
    entriesOf,
  })
  if (!run) throw new Error('the campaign is live already')
  return run
}

/** Publishes an edit as the API does; false when there is nothing left to edit. */
async function publish(db: Db, run: RunRow, document: Record<string, unknown>, move: boolean, at: number): Promise<boolean> {
  const campaign = campaignSchema.parse(document)
  const rules = await segmentRules(db)
  const { problems } = checkCampaign(campaign, {
    segment: key => rules.get(key),
    topics: [],
    postalAddress,
    money: defaultSettings(),
  })
  if (problems.length > 0) return false
  const before = await db.row<{ version: number; program: ReturnType<typeof compileProgram> }>(sql`
    SELECT v.version, v.program FROM run r JOIN campaign_version v ON v.campaign = r.campaign AND v.version = r.version WHERE r.id = ${run.id}`)
  if (!before) return false
  const program = compileProgram(campaign.goals, before.program)
  const names = await eventNameIds(db, watchedBy({ document: campaign, program }))
  return await db.transaction(tx =>
    publishVersion(tx, {
      run: run.id,
      campaign: run.campaign,
      from: before.version,
      version: before.version + 1,
      document: campaign,
      program,
      watch: [...names.values()],
      move,
      at: new Date(at),
    }),
  )
}
