import type { Channel, Channels, Evidence, ProviderRecord } from '../channels/channel.ts'
import { type ProviderNews, toStored } from '../channels/provider-news.ts'
import { leaseMs } from '../domain/message/lease.ts'
import { fill } from '../domain/message/letter.ts'
import { readSilence } from '../domain/message/silence.ts'
import { messageToken, type TokenUse } from '../domain/message/token.ts'
import type { Settings } from '../domain/settings.ts'
import type { Db } from '../prisma/client.ts'
import { processReports } from '../prisma/queries/news.ts'
import { forgetReports, storeReports } from '../prisma/queries/provider-events.ts'
import {
  type Doubt,
  doubts,
  idsTo,
  type Settled,
  settleDoubt,
  settleLeft,
  silenceAbout,
  unfinished,
} from '../prisma/queries/uncertain.ts'
import { heartbeat } from './heartbeat.ts'
import { letterOf } from './letters.ts'
import { addRewards } from './rewards.ts'
import { createSendAgain } from './send-again.ts'
import { uncertainForMs } from './settle.ts'
import { type Links, scopeOf } from './verdict.ts'
import type { Versions } from './versions.ts'

export interface ReconcileDeps {
  db: Db
  versions: Versions
  channels: Channels
  links: Links
  settings(): Promise<Settings>
  uncertainForMs?: number
}

/** Doubts looked at in one go, and how long after it was given up a send is still asked about. */
const atMost = 1_000
const askedForMs = 3 * 86_400_000
const atOnce = 8
/** Reports are kept this long after they were processed: providers repeat theirs for days, not weeks. */
const keptMs = 30 * 86_400_000

/** A record of an end as a report, the same each time; of what is still on its way there is nothing to report. */
function newsOf(record: ProviderRecord | 'none' | undefined, id: string): ProviderNews | undefined {
  if (!record || record === 'none' || record.state === 'accepted') return undefined
  const kind = record.state === 'delivered' ? 'delivered' : 'dropped'
  return {
    eventId: `record ${id} ${kind}`,
    providerId: record.providerId,
    kind,
    at: record.at,
    ...(kind === 'dropped' ? { permanent: false } : {}),
  }
}

type Rings = { campaign: number; run: number }[]

/** What settles what the webhooks have not: reports an API left behind, evidence about doubtful sends, the provider's own records. */
export function createReconcile({ db, versions, channels, links, settings: readSettings, ...deps }: ReconcileDeps) {
  const keepMs = deps.uncertainForMs ?? uncertainForMs
  const sendAgain = createSendAgain({ db, versions, channels, links, settings: readSettings, keepMs })

  /** The person's copy, made again as it was made then; undefined where that is no longer possible. */
  async function wordsOf(doubt: Doubt, settings: Settings): Promise<string | undefined> {
    const published = await versions(doubt.campaign, doubt.version)
    const letter = letterOf(published, doubt.step, doubt.variant, settings, links)
    const { body } = published.step(doubt.step)
    if (body.kind !== 'message') return undefined
    await addRewards(db, published, doubt.step, [doubt], links.secretKey)
    const token = (use: TokenUse) => messageToken(links.secretKey, use, doubt.id)
    const facts = { person: doubt, body, document: published.document, settings, at: doubt.sendingAt, links, token }
    const rendered = letter.values(scopeOf(facts))
    return rendered.ok ? fill(letter.letter.fields.body ?? [], rendered.values) : undefined
  }

  async function askProvider(channel: Channel, doubt: Doubt, settings: Settings): Promise<Evidence> {
    const words = await wordsOf(doubt, settings)
    if (!channel.seek || doubt.phone === null || words === undefined)
      return { kind: 'unknown', because: 'the person’s copy can no longer be made as it was' }
    const from = doubt.sendingAt.getTime()
    const known = await idsTo(db, doubt.phone, new Date(from - askedForMs))
    return await channel.seek({ to: doubt.phone, words, from, until: doubt.uncertainAt.getTime() + leaseMs(keepMs), known })
  }

  async function askSilence(doubt: Doubt, at: Date): Promise<Evidence> {
    // Half of the time for reports to come, measured from when it was given up.
    const neededMs = keepMs / 2
    const facts = await silenceAbout(db, doubt, { nearMs: keepMs / 3, until: new Date(at.getTime() - neededMs / 4) })
    return readSilence({ passedMs: at.getTime() - doubt.uncertainAt.getTime(), neededMs, ...facts })
  }

  /** By the provider's own records of our id, where it keeps such; that it has none proves nothing, so silence decides then. */
  async function askRecords(channel: Channel, doubt: Doubt): Promise<Evidence | undefined> {
    const record = await channel.record?.(doubt.id)
    return record && record !== 'none' ? { kind: 'accepted', providerId: record.providerId } : undefined
  }

  /** Looks for evidence about every doubtful send and settles what it proves. */
  async function settleByEvidence(at: Date): Promise<{ accepted: number; notAccepted: number; unknown: number; rings: Rings }> {
    const open = await doubts(db, new Date(at.getTime() - askedForMs), atMost)
    const settings = await readSettings()
    const silences = new Map<string, Promise<Evidence>>()
    const evidenceOf = async (doubt: Doubt): Promise<Evidence> => {
      const channel = channels[doubt.channel as keyof Channels]
      if (channel.seek) return await askProvider(channel, doubt, settings)
      const recorded = await askRecords(channel, doubt)
      if (recorded) return recorded
      // Silence is about a batch: it is judged once for all of it.
      const known = silences.get(doubt.attempt) ?? askSilence(doubt, at)
      silences.set(doubt.attempt, known)
      return await known
    }
    const settled: Settled[] = []
    let unknown = 0
    const queue = [...open]
    await Promise.all(
      Array.from({ length: Math.min(atOnce, queue.length) }, async () => {
        for (let doubt = queue.shift(); doubt; doubt = queue.shift()) {
          heartbeat()
          const evidence = await evidenceOf(doubt)
          if (evidence.kind === 'unknown') unknown++
          else if (evidence.kind === 'accepted')
            settled.push({
              id: doubt.id,
              as: 'accepted',
              providerId: evidence.providerId,
              evidence: { because: 'the provider has it' },
            })
          else settled.push({ id: doubt.id, as: 'queued', providerId: null, evidence: { because: evidence.because } })
        }
      }),
    )
    const done = await db.transaction(tx => settleDoubt(tx, settled, at))
    const accepted = done.filter(row => row.status === 'accepted').length
    return { accepted, notAccepted: done.length - accepted, unknown, rings: done }
  }

  return {
    /** Processes stored reports that nobody has, looks for evidence about doubtful sends, then sends again what a person wants sent again. Answers the runs to ring. */
    async tendMessages(request: { at: number }): Promise<{ reports: number; settled: number; unknown: number; runs: Rings }> {
      const at = new Date(request.at)
      const runs = new Map<number, Rings[number]>()
      const hear = (rings: Rings) => {
        for (const { campaign, run } of rings) runs.set(run, { campaign, run })
      }
      let reports = 0
      for (let rounds = 0; rounds < 100; rounds++) {
        heartbeat()
        const processed = await processReports(db, { at })
        hear(processed.rings)
        reports += processed.reports
        if (processed.reports === 0) break
      }
      await settleLeft(db, at, keepMs)
      const { accepted, notAccepted, unknown, rings } = await settleByEvidence(at)
      hear(rings)
      await sendAgain(at)
      return { reports, settled: accepted + notAccepted, unknown, runs: [...runs.values()] }
    },

    /** Asks the providers about what has been accepted and has no end yet, and forgets reports that have done their work. */
    async askAboutUnfinished(request: {
      at: number
      after: string | null
    }): Promise<{ asked: number; told: number; after: string | null }> {
      const at = new Date(request.at)
      if (request.after === null) await forgetReports(db, new Date(at.getTime() - keptMs))
      const asked = Object.values(channels).filter(channel => channel.look || channel.record)
      const kinds = asked.map(channel => channel.kind)
      const rows = await unfinished(db, kinds, at, request.after)
      let told = 0
      for (const row of rows) {
        heartbeat()
        const channel = channels[row.channel as keyof Channels]
        const news = (await channel.look?.(row.providerId)) ?? newsOf(await channel.record?.(row.id), row.id)
        if (!news) continue
        told += await storeReports(db, channel.provider, [toStored({ ...news, messageId: row.id }, at)], at)
      }
      return { asked: rows.length, told, after: rows.at(-1)?.id ?? null }
    },
  }
}
