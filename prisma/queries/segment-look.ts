import { createHash } from 'node:crypto'
import type { RuleContext } from '../../domain/segment/predicate-kind.ts'
import { reachWarnings } from '../../domain/segment/raw-reach.ts'
import { type Rule, ruleCrossers, ruleNext, ruleWhere, writtenOut } from '../../domain/segment/rule.ts'
import { sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import {
  candidatesOf,
  holdLook,
  keepLook,
  type Look,
  lookAtEverybody,
  lookThrough,
  oneLooks,
  transactionsNow,
} from './segment-history.ts'
import { keepSegment, ruleContext, segmentKeys } from './segments.ts'

/** Beyond so many, a question about everybody is cheaper than one about each. */
const few = 2_000

interface Asked {
  segment: string
  /** The look before this one, held by the caller; undefined at the first. */
  before: Look | undefined
  /** About whom something changed since; null: everybody is asked. */
  customers: readonly number[] | null
  at: Date
  /** What rules are read against, read after the notes were taken: an event of a new name is known to it. */
  saved: Pick<RuleContext, 'segment' | 'eventId'>
  /** Whether it is noted what becomes of messages; where not, a rule that asks for it is asked of everybody, now and at the next look. */
  messagesNoted: boolean
}

/** How a segment is looked at: by which rule, and whether of everybody. */
interface Plan extends Omit<Look, 'segment' | 'sweptTo'> {
  asked: Rule
  at: Date
  everybody: boolean
}

/** Brings the history of one segment up to a moment: who entered and who left. Answers how many moved. */
export async function look(tx: Queryable, asked: Asked): Promise<number> {
  const plan = await planOf(tx, asked)
  return plan ? await carryOut(tx, asked, plan) : 0
}

/** The same where few are to be asked; undefined, and nothing done, where it must be everybody: `lookAlone` does that. */
export async function lookAtFew(tx: Queryable, asked: Asked): Promise<number | undefined> {
  const plan = await planOf(tx, asked)
  if (!plan) return 0
  return plan.everybody ? undefined : await carryOut(tx, asked, plan)
}

/**
 * Asks everybody about one segment, in a transaction that holds nothing but it: where a look so far says that this must be, or there was
 * none. A segment deleted meanwhile leaves nothing behind.
 */
export async function lookAlone(db: Db, asked: Omit<Asked, 'before' | 'customers'>): Promise<number> {
  const { segment } = asked
  return await db
    .transaction(async tx => {
      await oneLooks(tx, segment)
      const all = { ...asked, before: await holdLook(tx, segment), customers: [] }
      const plan = await planOf(tx, all)
      // Where everybody need not be asked any more, another has done it meanwhile.
      if (!plan?.everybody) return 0
      const moved = await carryOut(tx, all, plan)
      if (!(await keepSegment(tx, segment))) throw new Deleted()
      return moved
    })
    .catch(error => {
      if (error instanceof Deleted) return 0
      throw error
    })
}

class Deleted extends Error {}

/** Undefined: there is no such segment. */
async function planOf(
  tx: Queryable,
  { segment, before, customers, at: now, saved, messagesNoted }: Asked,
): Promise<Plan | undefined> {
  // A look that was tried again late must not go back behind one that was made meanwhile.
  const at = before && now < before.sweptTo ? before.sweptTo : now
  const asked = saved.segment(segment)
  if (!asked) return undefined
  const text = JSON.stringify(writtenOut(asked, { ...saved, at }))
  const isNoted = messagesNoted || !text.includes('"message":')
  const rule = isNoted ? createHash('md5').update(text).digest('hex') : ''
  const isNew = !isNoted || before?.rule !== rule
  // Whoever was writing before notes were kept for this rule may have kept none: once they are done, everybody is asked once more.
  const writing = isNew || before.since !== null ? await transactionsNow(tx) : undefined
  const isSettled = !isNew && before.since !== null && writing !== undefined && writing.oldest >= before.since
  const since = isNew ? (writing?.alone ? null : (writing?.next ?? null)) : isSettled ? null : before.since
  return { asked, at, rule, since, everybody: customers === null || isNew || isSettled }
}

async function carryOut(tx: Queryable, { segment, before, customers, saved }: Asked, plan: Plan): Promise<number> {
  const { at, rule, since } = plan
  const context = { ...saved, at, few: !plan.everybody && customers !== null && customers.length <= few }
  const candidates =
    customers !== null && before && !plan.everybody
      ? candidatesOf(segment, customers, ruleCrossers(plan.asked, { from: before.sweptTo, to: at }, context), at)
      : null
  // Mostly nobody is to be asked: then the question to them need not even be planned.
  const isAsked =
    !candidates || customers?.length !== 0 || (await tx.row(sql`SELECT 1 FROM (${candidates}) q LIMIT 1`)) !== undefined
  const moved = isAsked
    ? await lookThrough(tx, {
        segment,
        candidates,
        where: ruleWhere(plan.asked, context),
        next: ruleNext(plan.asked, context),
        at,
        first: !before,
      })
    : 0
  await keepLook(tx, { segment, rule, sweptTo: at, since })
  return moved
}

/** Raw events went that were older than `retention`: rules that count further back than that are asked of everybody at the next look. */
export async function lookWhereEventsWent(db: Queryable, retention: string, at: Date): Promise<void> {
  const context = await ruleContext(db, at)
  const keys = await segmentKeys(db)
  const beyond = keys.filter(segment => reachWarnings({ segment }, retention, context).length > 0)
  if (beyond.length > 0) await lookAtEverybody(db, beyond)
}

/** Up to which change the history of a segment goes. A segment's changes are written one look after the other. */
export const lastChange = async (tx: Queryable, segment: string): Promise<number> =>
  (await tx.row<{ id: number }>(sql`SELECT coalesce(max(id), 0) AS id FROM segment_change WHERE segment = ${segment}`))?.id ?? 0

/** A run whose trigger is a segment begins: whoever is in it by now has entered before. */
export async function beginEntries(tx: Queryable, run: number, segment: string, at: Date): Promise<void> {
  const before = await holdLook(tx, segment)
  await look(tx, { segment, before, customers: null, at, saved: await ruleContext(tx, at), messagesNoted: false })
  await tookEntries(tx, run, await lastChange(tx, segment))
}

export const tookEntries = (tx: Queryable, run: number, upTo: number | null) =>
  tx.run(sql`UPDATE run SET entries_to = ${upTo}::bigint WHERE id = ${run}`)
