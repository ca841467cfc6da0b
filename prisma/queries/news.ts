import { channelsEnded } from '../../domain/customer/consent.ts'
import { type EngagementKind, isFinal, type MessageStatus } from '../../domain/message/delivery.ts'
import { answered } from '../../domain/message/engagement.ts'
import type { ChannelKind } from '../../domain/message/kinds.ts'
import { newEngagements, type Standing, take } from '../../domain/message/news.ts'
import { sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { recordConsents } from './consents.ts'
import { closeReports, followedLinks, linkRestMs, type OpenReport, openReports, unpackReports } from './provider-events.ts'
import { suppress } from './suppress.ts'

export interface Processed {
  reports: number
  /** Reports whose message somebody else held: they are still open. */
  busy: number
  /** Runs whose dispatcher should be rung. */
  rings: { campaign: number; run: number }[]
}

interface Held extends Standing {
  id: string
  run: number
  campaign: number
  version: number
  enrollment: number
  customer: number
  channel: ChannelKind
  state: 'waiting' | 'moving' | 'ended'
  awaiting: boolean
  /** Rests at this very message until it is settled. */
  parked: boolean
}

const unsettled: readonly MessageStatus[] = ['queued', 'sending', 'uncertain', 'held', 'deferred']

/**
 * Processes up to `atMost` stored reports in one transaction: forbids what they forbid, moves the ledger forward, and nudges
 * those who wait for what happened. Waits for no row that others hold: reports about those stay open and are counted as busy.
 */
export async function processReports(db: Db, options: { at: Date; atMost?: number }): Promise<Processed> {
  const { at, atMost = 2_000 } = options
  // One after the other, so that what was stored first is open first.
  const unpacked = await unpackReports(db)
  return await db.transaction(async tx => {
    const reports = await openReports(tx, at, atMost)
    if (reports.length === 0) return { reports: unpacked ? 1 : 0, busy: 0, rings: [] }
    await markScanners(tx, reports)
    await forbid(tx, reports)

    const messages = [...new Set(reports.flatMap(report => report.message ?? []))].sort()
    const held = new Map((await hold(tx, messages)).map(row => [row.id, row]))
    const missing = messages.filter(id => !held.has(id))
    const busy = new Set(missing.length > 0 ? await existing(tx, missing) : [])
    const done = reports.filter(report => report.message === null || !busy.has(report.message))

    const moves: Move[] = []
    for (const [id, about] of groupBy(done, report => report.message ?? '')) {
      const before = held.get(id)
      if (before) moves.push(moveOf(before, about))
    }
    await store(tx, moves)
    const nudged = await nudge(tx, moves, await awaitedKinds(tx, db.pool, moves), at)
    const woken = await wakeSettled(tx, moves, at)
    await closeReports(
      tx,
      done.map(report => report.id),
      at,
    )
    const rings = new Map([...nudged, ...woken].map(({ before: { run, campaign } }) => [run, { campaign, run }]))
    return { reports: done.length, busy: reports.length - done.length, rings: [...rings.values()] }
  })
}

/** Who follows different links of one letter within a moment is a scanner that follows all of them. */
async function markScanners(tx: Queryable, reports: readonly OpenReport[]): Promise<void> {
  const clicks = reports.filter(report => report.provider === 'link' && report.kind === 'clicked' && report.message)
  if (clicks.length === 0) return
  const followed = groupBy(await followedLinks(tx, [...new Set(clicks.map(click => click.message ?? ''))]), each => each.message)
  for (const click of clicks) {
    const near = (followed.get(click.message ?? '') ?? []).filter(
      other => Math.abs(other.receivedAt.getTime() - click.receivedAt.getTime()) <= linkRestMs / 2,
    )
    if (new Set(near.map(other => other.link)).size > 1) click.facts.machine = true
  }
}

/** Suppresses the addresses that reports forbid, and keeps the word of those who unsubscribed or answered STOP. Twice is once. */
async function forbid(tx: Queryable, reports: readonly OpenReport[]): Promise<void> {
  const forbidding = reports.filter(report => report.facts.suppress)
  if (forbidding.length === 0) return
  const ids = [...new Set(forbidding.flatMap(report => report.message ?? []))]
  const rows = await tx.rows<{ id: string; customer: number; channel: ChannelKind }>(
    sql`SELECT id, customer, channel FROM message WHERE id = ANY(${ids}::uuid[])`,
  )
  const owners = new Map(rows.map(row => [row.id, row]))
  await suppress(
    tx,
    forbidding.flatMap(({ provider, facts }) =>
      (facts.addresses ?? []).map(address => ({
        channel: provider === 'twilio' ? 'sms' : 'email',
        address: Buffer.from(address, 'hex'),
        reason: facts.suppress ?? 'bounce',
        source: provider,
        at: new Date(facts.at),
      })),
    ),
  )
  await recordConsents(
    tx,
    forbidding.flatMap(({ provider, message, facts }) => {
      const owner = owners.get(message ?? '')
      if (!owner || facts.suppress === 'bounce') return []
      return channelsEnded(owner.channel, 'channel').map(channel => ({
        customer: owner.customer,
        channel,
        topic: '',
        status: 'unsubscribed' as const,
        source: provider,
        at: new Date(facts.at),
      }))
    }),
  )
}

const hold = (tx: Queryable, messages: readonly string[]) =>
  tx.rows<Held>(sql`
    SELECT m.id, m.run, r.campaign, m.version, m.enrollment, m.customer, m.channel, m.status, m.accepted_at AS "acceptedAt", m.delivered_at AS "deliveredAt",
      m.opened_at AS "openedAt", m.clicked_at AS "clickedAt", m.replied_at AS "repliedAt", e.state, e.awaiting,
      e.state = 'waiting' AND NOT e.awaiting AND e.step IS NOT DISTINCT FROM m.step AS parked
    FROM message m JOIN enrollment e ON e.id = m.enrollment JOIN run r ON r.id = m.run
    WHERE m.id = ANY(${messages}::uuid[]) ORDER BY m.id
    FOR UPDATE OF m SKIP LOCKED FOR NO KEY UPDATE OF e SKIP LOCKED`)

const existing = async (tx: Queryable, messages: readonly string[]): Promise<string[]> =>
  (
    await tx.rows<{ id: string }>(
      sql`SELECT m.id FROM message m JOIN enrollment e ON e.id = m.enrollment WHERE m.id = ANY(${messages}::uuid[])`,
    )
  ).map(row => row.id)

interface Move {
  before: Held
  after: Standing
  providerId: string | null
  evidence: Record<string, unknown> | null
}

function moveOf(before: Held, reports: readonly OpenReport[]): Move {
  let after: Standing = before
  let providerId: string | null = null
  let evidence: Move['evidence'] = null
  for (const { kind, facts, provider } of reports) {
    const next = take(after, { kind, at: new Date(facts.at), machine: facts.machine })
    if (next.status !== after.status && isFinal(next.status))
      evidence = { by: provider, because: kind, ...(facts.reason ? { detail: facts.reason } : {}) }
    providerId = facts.providerId ?? providerId
    after = next
  }
  if (evidence === null && unsettled.includes(before.status) && !unsettled.includes(after.status))
    evidence = { by: reports[0]?.provider, because: 'the provider has reported about it' }
  return { before, after, providerId, evidence }
}

async function store(tx: Queryable, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return
  const rows = moves.map(({ before, after, providerId, evidence }) => ({
    id: before.id,
    s: after.status,
    a: after.acceptedAt,
    d: after.deliveredAt,
    o: after.openedAt,
    c: after.clickedAt,
    r: after.repliedAt,
    p: providerId,
    e: evidence,
  }))
  await tx.run(sql`
    UPDATE message m SET status = n.s::message_status, accepted_at = n.a, delivered_at = n.d, opened_at = n.o, clicked_at = n.c, replied_at = n.r,
      provider_id = coalesce(m.provider_id, n.p), evidence = coalesce(n.e, m.evidence), deferred_until = NULL
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS n (id uuid, s text, a timestamptz(3), d timestamptz(3), o timestamptz(3), c timestamptz(3), r timestamptz(3), p text, e jsonb)
    WHERE m.id = n.id`)
}

/** For those on the move, or awaiting: what is new of what their journey awaits at all. Answers the moves that told somebody. */
async function nudge(tx: Queryable, moves: readonly Move[], awaited: Awaited, at: Date): Promise<Move[]> {
  const told: { move: Move; engagement: EngagementKind }[] = []
  for (const move of moves) {
    const { before, after } = move
    if (before.state === 'ended' || (before.state === 'waiting' && !before.awaiting)) continue
    const kinds = awaited.get(`${before.campaign}/${before.version}`) ?? []
    for (const engagement of newEngagements(before, after))
      if (kinds.some(kind => answered[kind].includes(engagement))) told.push({ move, engagement })
  }
  if (told.length === 0) return []
  const rows = told.map(({ move: { before }, engagement }) => ({
    r: before.run,
    e: before.enrollment,
    c: before.customer,
    m: before.id,
    k: engagement,
  }))
  await tx.run(sql`
    INSERT INTO nudge (run, enrollment, customer, message, engagement, at) SELECT r, e, c, m, k, ${at}::timestamptz
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS n (r int, e bigint, c int, m uuid, k text)`)
  return told.map(({ move }) => move)
}

/** Who rested at a message that nobody knew about goes on now that it is known. */
async function wakeSettled(tx: Queryable, moves: readonly Move[], at: Date): Promise<Move[]> {
  const settled = moves.filter(
    ({ before, after }) => before.parked && unsettled.includes(before.status) && !unsettled.includes(after.status),
  )
  if (settled.length > 0)
    await tx.run(
      sql`UPDATE enrollment SET due = least(due, ${at}) WHERE id = ANY(${settled.map(({ before }) => before.enrollment)}::bigint[]) AND state = 'waiting'`,
    )
  return settled
}

/** The engagements that a published version awaits anywhere, by `campaign/version`: versions never change. */
type Awaited = ReadonlyMap<string, readonly EngagementKind[]>
const known = new WeakMap<object, Map<string, readonly EngagementKind[]>>()

async function awaitedKinds(tx: Queryable, database: object, moves: readonly Move[]): Promise<Awaited> {
  const kept = known.get(database) ?? new Map<string, readonly EngagementKind[]>()
  known.set(database, kept)
  const wanted = new Map(moves.map(({ before: { campaign, version } }) => [`${campaign}/${version}`, { campaign, version }]))
  for (const [key, { campaign, version }] of wanted) {
    if (kept.has(key)) continue
    const row = await tx.row<{ kinds: EngagementKind[] }>(sql`
      SELECT jsonb_path_query_array(program, '$.steps[*].body.on[*].message') AS kinds FROM campaign_version WHERE campaign = ${campaign} AND version = ${version}`)
    if (kept.size > 10_000) kept.clear()
    kept.set(key, [...new Set(row?.kinds ?? [])])
  }
  return kept
}

function groupBy<T>(list: readonly T[], key: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const each of list) {
    const group = groups.get(key(each))
    if (group) group.push(each)
    else groups.set(key(each), [each])
  }
  return groups
}
