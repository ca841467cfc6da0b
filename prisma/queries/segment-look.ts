import { createHash } from 'node:crypto'
import type { RuleContext } from '../../domain/segment/predicate-kind.ts'
import { reachWarnings } from '../../domain/segment/raw-reach.ts'
import { ruleCrossers, ruleNext, ruleWhere, writtenOut } from '../../domain/segment/rule.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { candidatesOf, holdLook, keepLook, type Look, lookAtEverybody, lookThrough, transactionsNow } from './segment-history.ts'
import { ruleContext, segmentKeys } from './segments.ts'

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

/** Brings the history of one segment up to a moment: who entered and who left. Answers how many moved. */
export async function look(tx: Queryable, { segment, before, customers, at: now, saved, messagesNoted }: Asked): Promise<number> {
  // A look that was tried again late must not go back behind one that was made meanwhile.
  const at = before && now < before.sweptTo ? before.sweptTo : now
  const context = { ...saved, at, few: customers !== null && customers.length <= few }
  const rule = context.segment(segment)
  if (!rule) return 0
  const text = JSON.stringify(writtenOut(rule, context))
  const isNoted = messagesNoted || !text.includes('"message":')
  const hash = isNoted ? createHash('md5').update(text).digest('hex') : ''
  const isNew = !isNoted || before?.rule !== hash
  // Whoever was writing before notes were kept for this rule may have kept none: once they are done, everybody is asked once more.
  const writing = isNew || before.since !== null ? await transactionsNow(tx) : undefined
  const isSettled = !isNew && before.since !== null && writing !== undefined && writing.oldest >= before.since
  const since = isNew ? (writing?.alone ? null : (writing?.next ?? null)) : isSettled ? null : before.since
  const candidates =
    customers !== null && before && !isNew && !isSettled
      ? candidatesOf(segment, customers, ruleCrossers(rule, { from: before.sweptTo, to: at }, context), at)
      : null
  // Mostly nobody is to be asked: then the question to them need not even be planned.
  const isAsked =
    !candidates || customers?.length !== 0 || (await tx.row(sql`SELECT 1 FROM (${candidates}) q LIMIT 1`)) !== undefined
  const asked = candidates ? context : { ...context, few: false }
  const moved = isAsked
    ? await lookThrough(tx, {
        segment,
        candidates,
        where: ruleWhere(rule, asked),
        next: ruleNext(rule, asked),
        at,
        first: !before,
      })
    : 0
  await keepLook(tx, { segment, rule: hash, sweptTo: at, since })
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
