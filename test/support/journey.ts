import { createActivities } from '../../activities/index.ts'
import { createVersions } from '../../activities/versions.ts'
import { type Happening, runVirtually } from '../../activities/virtual-clock.ts'
import type { Batch, Channel, Channels, Outcome } from '../../channels/channel.ts'
import { type Campaign, campaignSchema } from '../../domain/campaign/campaign.ts'
import { opening } from '../../domain/campaign/trigger-kind.ts'
import { triggerKinds } from '../../domain/campaign/triggers/index.ts'
import { watchedBy } from '../../domain/campaign/watched.ts'
import { callSchema, readCall } from '../../domain/customer/call.ts'
import { compileProgram } from '../../domain/journey/program.ts'
import type { ChannelKind } from '../../domain/message/kinds.ts'
import { fill } from '../../domain/message/letter.ts'
import { defaultSettings, type Settings, settingsSchema } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { insertCampaign } from '../../prisma/queries/campaigns.ts'
import { eventNameIds } from '../../prisma/queries/event-name-ids.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { openRun, type RunRow } from '../../prisma/queries/runs.ts'
import { readVersionedSettings } from '../../prisma/queries/settings.ts'
import { testDatabase } from './stack.ts'

export const secretKey = 'a-secret-of-at-least-thirty-two-characters'
export const publicUrl = 'https://shop.example'

/** A message that left, as the person would read it. */
export interface Sent {
  messageId: string
  to: string
  channel: ChannelKind
  subject: string
  body: string
  at: number
}

/** A provider in memory: takes everything unless told otherwise, and remembers it. */
export function memoryChannels(
  answer: (channel: ChannelKind, batch: Batch, i: number) => Outcome = () => ({ kind: 'accepted' }),
) {
  const sent: Sent[] = []
  const channel = (kind: ChannelKind): Channel => ({
    kind,
    provider: 'memory',
    maxBatch: 1_000,
    send: async batch =>
      batch.envelopes.map((envelope, i) => {
        const outcome = answer(kind, batch, i)
        const text = (field: 'subject' | 'html' | 'body' | 'title') => fill(batch.letter.fields[field] ?? [], envelope.values)
        // What is unclear may well have arrived: the worst case is the one to test.
        if (outcome.kind === 'accepted' || outcome.kind === 'unclear')
          sent.push({
            messageId: envelope.messageId,
            to: envelope.to,
            channel: kind,
            subject: text('subject') || text('title'),
            body: text('html') || text('body'),
            at: batch.at,
          })
        return outcome
      }),
  })
  return { sent, channels: { email: channel('email'), sms: channel('sms'), inApp: channel('inApp') } satisfies Channels }
}

export interface Journeys {
  db: Db
  sent: Sent[]
  activities: ReturnType<typeof createActivities>
  settings: Settings
  /** Stores Segment calls as of a moment. */
  receive(at: number, ...calls: Record<string, unknown>[]): Promise<void>
  launch(document: Record<string, unknown>, at: number): Promise<{ run: RunRow; document: Campaign }>
  /** Runs a launched campaign on a virtual clock. */
  play(run: RunRow, from: number, until: number, happenings?: Happening[]): ReturnType<typeof runVirtually>
  close(): Promise<void>
}

/** A database and the engine over it, on a clock that jumps. */
export async function openJourneys(
  options: {
    answer?: Parameters<typeof memoryChannels>[0]
    /** Real channels instead of those in memory. */
    channels?: Partial<Channels>
    settings?: Partial<Settings>
    waveSize?: number
    allowPrivateWebhooks?: boolean
    /** Hears of the runs that are rung by activities. */
    ring?: (runs: readonly number[]) => void
  } = {},
): Promise<Journeys> {
  const database = await testDatabase()
  const db = openDatabase(database.url)
  const { sent, channels: inMemory } = memoryChannels(options.answer)
  const channels = { ...inMemory, ...options.channels }
  const settings = settingsSchema.parse({
    ...defaultSettings({ postalAddress: 'Main Street 1, Springfield' }),
    ...options.settings,
  })
  const activities = createActivities({
    db,
    versions: createVersions(db),
    channels,
    links: { secretKey, publicUrl },
    settings: async () => settings,
    ...(options.waveSize ? { waveSize: options.waveSize } : {}),
    ...(options.allowPrivateWebhooks ? { allowPrivateWebhooks: true } : {}),
    ...(options.ring ? { ring: options.ring } : {}),
  })
  return {
    db,
    sent,
    activities,
    settings,
    receive: async (at, ...calls) => {
      const read = calls.map(call => {
        const stamped = { timestamp: new Date(at).toISOString(), messageId: crypto.randomUUID(), ...call }
        const understood = readCall(callSchema.parse(stamped), { at: new Date(at) })
        if ('path' in understood) throw new Error(JSON.stringify(understood))
        return understood
      })
      const saved = await readVersionedSettings(db)
      const rates = (saved.version > 0 ? saved.settings : settings).currencies
      await ingest(db, read, { receivedAt: new Date(at), region: 'US', rates })
    },
    launch: async (document, at) => {
      const campaign = campaignSchema.parse(document)
      const trigger = triggerKinds[campaign.trigger.kind]
      const begins = opening(trigger.entry(campaign.trigger), new Date(at))
      const row = await insertCampaign(db, { name: campaign.name, document: campaign, at: new Date(at) })
      const program = compileProgram(campaign.goals)
      const names = await eventNameIds(db, watchedBy({ document: campaign, program }))
      const run = await openRun(db, {
        campaign: row.id,
        version: row.version,
        document: campaign,
        program,
        finite: begins.finite,
        enrolling: begins.enrolling,
        salt: `campaign-${row.id}`,
        plannedSize: 5_000,
        at: new Date(at),
        sweptTo: begins.sweptTo,
        watch: [...names.values()],
        entriesOf: begins.entriesOf,
      })
      if (!run) throw new Error('the campaign is live already')
      return { run, document: campaign }
    },
    play: (run, from, until, happenings) =>
      runVirtually({
        activities,
        campaign: run.campaign,
        run: run.id,
        finite: run.finite,
        // Who enters as they come or as time passes is asked for in vain, and says so.
        snapshot: true,
        from,
        until,
        ...(happenings ? { happenings } : {}),
      }),
    close: async () => {
      await db.close()
      await database.close()
    },
  }
}

/** How the stays of a run ended, and how many are under way. */
export async function endsOf(db: Db, run: number): Promise<Record<string, number>> {
  const rows = await db.rows<{ key: string; n: number }>(
    sql`SELECT CASE WHEN state = 'ended' THEN reason ELSE state::text END AS key, count(*)::int AS n FROM enrollment WHERE run = ${run} GROUP BY 1`,
  )
  return Object.fromEntries(rows.map(row => [row.key, row.n]))
}
