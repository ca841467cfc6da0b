import { createHash } from 'node:crypto'
import { ruleCrossers, ruleWhere, writtenOut } from '../../domain/segment/rule.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { lastCustomer } from './scores.ts'
import { candidatesOf, holdLook, keepLook, type Look, lookThrough } from './segment-history.ts'
import { ruleContext } from './segments.ts'

/** Beyond so many, a question about everybody is cheaper than one about each. */
const few = 2_000
/**
 * A rule that only everybody can answer is asked of everybody so often that it costs about a thousandth of the time: at each look where
 * customers are few, every ten minutes where they are many. In between those are asked about whom something changed.
 */
const wholeEvery = { msEachCustomer: 2, atMostMs: 10 * 60_000 }

interface Asked {
  segment: string
  /** The look before this one, held by the caller; undefined at the first. */
  before: Look | undefined
  /** About whom something changed since; null: everybody is asked. */
  customers: readonly number[] | null
  at: Date
  /** Whether a rule that only everybody can answer is asked of everybody each time. */
  exact?: boolean
}

/** Brings the history of one segment up to a moment: who entered and who left. Answers how many moved. */
export async function look(tx: Queryable, { segment, before, customers, at: now, exact }: Asked): Promise<number> {
  // A look that was tried again late must not go back behind one that was made meanwhile.
  const at = before && now < before.sweptTo ? before.sweptTo : now
  const context = await ruleContext(tx, at, { few: customers !== null && customers.length <= few })
  const rule = context.segment(segment)
  if (!rule) return 0
  const hash = createHash('md5')
    .update(JSON.stringify(writtenOut(rule, context)))
    .digest('hex')
  const crossers = before && ruleCrossers(rule, { from: before.sweptTo, to: at }, context)
  const isDue = crossers === undefined && at.getTime() - (before?.wholeAt.getTime() ?? 0) >= (exact ? 1 : await wholeEveryMs(tx))
  const whole = customers === null || !before || before.rule !== hash || isDue
  const asked = { segment, at, first: !before }
  const moved = whole
    ? await lookThrough(tx, { ...asked, candidates: null, where: ruleWhere(rule, { ...context, few: false }) })
    : await lookThrough(tx, { ...asked, candidates: candidatesOf(customers, crossers ?? []), where: ruleWhere(rule, context) })
  await keepLook(tx, { segment, rule: hash, sweptTo: at, wholeAt: whole ? at : before.wholeAt })
  return moved
}

const wholeEveryMs = async (tx: Queryable): Promise<number> =>
  Math.min(wholeEvery.atMostMs, wholeEvery.msEachCustomer * (await lastCustomer(tx)))

/** Up to which change the history of a segment goes. A segment's changes are written one look after the other. */
export const lastChange = async (tx: Queryable, segment: string): Promise<number> =>
  (await tx.row<{ id: number }>(sql`SELECT coalesce(max(id), 0) AS id FROM segment_change WHERE segment = ${segment}`))?.id ?? 0

/** A run whose trigger is a segment begins: whoever is in it by now has entered before. */
export async function beginEntries(tx: Queryable, run: number, segment: string, at: Date): Promise<void> {
  await look(tx, { segment, before: await holdLook(tx, segment), customers: null, at })
  await tookEntries(tx, run, await lastChange(tx, segment))
}

export const tookEntries = (tx: Queryable, run: number, upTo: number | null) =>
  tx.run(sql`UPDATE run SET entries_to = ${upTo}::bigint WHERE id = ${run}`)
