import { sql } from '../../domain/sql.ts'
import { milliseconds } from '../../domain/time.ts'
import { isQuiet, zoneOf } from '../../domain/zone.ts'
import type { Db } from '../../prisma/client.ts'
import { earliest } from './journeys.ts'
import type { World } from './world.ts'

interface StayRow {
  id: number
  customer: number
  variant: string
  state: string
  reason: string | null
  enteredAt: Date
  endedAt: Date | null
  due: Date | null
  goal: string
}

interface MessageRow {
  id: string
  enrollment: number
  customer: number
  step: number
  version: number
  channel: 'email' | 'sms' | 'inApp'
  class: string
  status: string
  acceptedAt: Date | null
}

/** Everything that must never be, as far as it is in this world: one sentence each. */
export async function violations(db: Db, world: World): Promise<string[]> {
  const found: string[] = []
  const say = (what: string, ...facts: unknown[]) => found.push(`${what} ${facts.map(fact => JSON.stringify(fact)).join(' ')}`)
  const { run, left, settings } = world
  const stays =
    await db.rows<StayRow>(sql`SELECT id, customer, variant, state, reason, entered_at AS "enteredAt", ended_at AS "endedAt", due, goal FROM enrollment
    WHERE run = ${run.id} ORDER BY id`)
  const messages =
    await db.rows<MessageRow>(sql`SELECT id, enrollment, customer, step, version, channel, class, status, accepted_at AS "acceptedAt" FROM message
    WHERE run = ${run.id}`)
  const stayOf = new Map(stays.map(stay => [stay.id, stay]))
  const messageOf = new Map(messages.map(message => [message.id, message]))

  // Everybody is accounted for.
  for (const stay of stays) {
    if (stay.state === 'moving') say('somebody is still on the move', stay)
    if (stay.state === 'waiting' && !stay.due) say('somebody waits for nothing', stay)
    if (stay.state === 'ended' && (!stay.endedAt || !stay.reason)) say('somebody ended without time or reason', stay)
    if (stay.variant === 'holdout' && (stay.state !== 'ended' || stay.reason !== 'holdout')) say('a holdout goes on', stay)
  }
  if (world.ended === 'completed' && stays.some(stay => stay.state !== 'ended')) say('a completed run has somebody under way')
  // At most one message a step and stay.
  const times = new Map<string, number>()
  for (const { messageId } of left) times.set(messageId, (times.get(messageId) ?? 0) + 1)
  for (const [id, n] of times) if (n > 1) say('a message left twice', messageOf.get(id), n)
  const keys = new Set<string>()
  for (const { messageId } of left) {
    const message = messageOf.get(messageId)
    if (!message) {
      say('a message left that no ledger knows', messageId)
      continue
    }
    const key = `${message.enrollment}/${message.step}`
    if (keys.has(key)) say('two messages left for one step of one stay', message)
    keys.add(key)
    if (!['accepted', 'delivered', 'opened', 'clicked', 'bounced', 'uncertain', 'held', 'sending'].includes(message.status))
      say('a message left that the ledger denies', message)
  }

  // Nothing after the end, after "stop", after an erasure; nothing to a holdout.
  const stops = await db.rows<{ customer: number; channel: string; at: Date }>(
    sql`SELECT customer, channel, at FROM consent WHERE topic = '' AND status = 'unsubscribed' AND customer = ANY(${stays.map(stay => stay.customer)}::int[])`,
  )
  for (const { messageId, at } of left) {
    const message = messageOf.get(messageId)
    const stay = message && stayOf.get(message.enrollment)
    if (!message || !stay) continue
    if (stay.variant === 'holdout') say('a holdout was written to', message)
    if (at < stay.enteredAt.getTime()) say('a message left before its customer entered', message)
    if (stay.endedAt && at > stay.endedAt.getTime()) say('a message left after the end', message, at - stay.endedAt.getTime())
    const erasedAt = world.erased.get(message.customer)
    if (erasedAt !== undefined && at > erasedAt) say('a message left after the erasure', message)
    if (message.class === 'marketing')
      for (const stop of stops)
        if (stop.customer === message.customer && stop.channel === message.channel && at > stop.at.getTime())
          say('a message left after "stop"', message, at - stop.at.getTime())
  }

  await quietHours(db, world, messageOf, say)
  caps(world, messageOf, settings, say)
  goals(await reached(db, world, stays), world, messageOf, stayOf, say)
  await waits(db, world, messageOf, stayOf, say)
  entries(world, stays, say)
  return found
}

type Say = (what: string, ...facts: unknown[]) => void

/** No SMS that advertises leaves in quiet hours where the customer lives. */
async function quietHours(db: Db, world: World, messageOf: Map<string, MessageRow>, say: Say): Promise<void> {
  const hours = world.settings.quietHours.sms
  if (!hours) return
  const rows = await db.rows<{ id: number; timezone: string | null }>(
    sql`SELECT id, timezone FROM customer WHERE id = ANY(${[...messageOf.values()].map(message => message.customer)}::int[])`,
  )
  const zones = new Map(rows.map(row => [row.id, row.timezone]))
  for (const { messageId, at } of world.left) {
    const message = messageOf.get(messageId)
    if (message?.channel !== 'sms' || message.class !== 'marketing' || !zones.has(message.customer)) continue
    const { zone } = zoneOf(zones.get(message.customer), world.settings.defaultTimezone)
    if (isQuiet(new Date(at), zone, hours.from, hours.until)) say('an SMS left in quiet hours', message, zone, new Date(at))
  }
}

/** Never more than a cap allows in any stretch of its length. */
function caps(world: World, messageOf: Map<string, MessageRow>, settings: World['settings'], say: Say): void {
  for (const cap of settings.caps) {
    const counted = world.left
      .flatMap(({ messageId, at }) => {
        const message = messageOf.get(messageId)
        return message && (cap.channel === 'all' || message.channel === cap.channel) ? [{ at, ...message }] : []
      })
      .filter(message => message.class === 'marketing')
    for (const message of counted) {
      const before = counted.filter(
        other => other.customer === message.customer && other.at > message.at - milliseconds(cap.per) && other.at <= message.at,
      )
      if (before.length > cap.max) say('a cap was broken', cap, before)
    }
  }
}

interface Reached {
  enrollment: number
  at: Date
}

/** When each stay's success came, within its window. */
async function reached(db: Db, world: World, stays: readonly StayRow[]): Promise<Reached[]> {
  if (world.edited) return []
  const all: Reached[] = []
  for (const goal of world.document.goals as { key: string; success?: { event: string; within: string } }[]) {
    if (!goal.success) continue
    const ids = stays.filter(stay => stay.goal === goal.key).map(stay => stay.id)
    all.push(
      ...(await db.rows<Reached>(sql`
        SELECT e.id AS enrollment, min(ev.at) AS at FROM enrollment e JOIN event ev ON ev.customer = e.customer JOIN event_name n ON n.id = ev.name
        WHERE e.id = ANY(${ids}::bigint[]) AND n.name = ${goal.success.event} AND ev.at > e.entered_at
          AND ev.at <= e.entered_at + ${milliseconds(goal.success.within)} * interval '1 millisecond' GROUP BY 1`)),
    )
  }
  return all
}

/** Nothing is said to who has reached the goal. */
function goals(
  all: readonly Reached[],
  world: World,
  messageOf: Map<string, MessageRow>,
  stayOf: Map<number, StayRow>,
  say: Say,
): void {
  const when = new Map(all.map(({ enrollment, at }) => [enrollment, at.getTime()]))
  for (const { messageId, at } of world.left) {
    const message = messageOf.get(messageId)
    const reachedAt = message && when.get(message.enrollment)
    if (message && reachedAt !== undefined && at > reachedAt)
      say('a message left after the goal was reached', message, stayOf.get(message.enrollment), at - reachedAt)
  }
}

/** No wait is cut short. */
async function waits(
  db: Db,
  world: World,
  messageOf: Map<string, MessageRow>,
  stayOf: Map<number, StayRow>,
  say: Say,
): Promise<void> {
  if (world.edited) return
  const program = await db.row<{ steps: { id: string }[] }>(
    sql`SELECT program->'steps' AS steps FROM campaign_version WHERE campaign = ${world.run.campaign} AND version = 1`,
  )
  const least = earliest(world.document)
  for (const { messageId, at } of world.left) {
    const message = messageOf.get(messageId)
    const stay = message && stayOf.get(message.enrollment)
    const id = message && program?.steps[message.step]?.id
    if (!message || !stay || id === undefined) continue
    const soonest = stay.enteredAt.getTime() + (least.get(id) ?? 0)
    if (at < soonest) say('a wait was cut short', message, id, soonest - at)
  }
}

/** Nobody enters oftener than re-entry allows. */
function entries(world: World, stays: readonly StayRow[], say: Say): void {
  const { reentry } = world.document as { reentry: 'never' | 'always' | { after: string } }
  const byCustomer = new Map<number, StayRow[]>()
  for (const stay of stays) byCustomer.set(stay.customer, [...(byCustomer.get(stay.customer) ?? []), stay])
  for (const list of byCustomer.values())
    for (const [i, stay] of list.entries()) {
      const before = list[i - 1]
      if (!before) continue
      if (reentry === 'never') say('somebody entered twice', list)
      else if (!before.endedAt || before.endedAt > stay.enteredAt) say('two stays at once', before, stay)
      else if (typeof reentry === 'object' && stay.enteredAt.getTime() - before.enteredAt.getTime() < milliseconds(reentry.after))
        say('somebody entered again too soon', before, stay)
    }
}
