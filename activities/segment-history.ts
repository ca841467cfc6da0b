import { createHash } from 'node:crypto'
import { ruleCrossers, ruleWhere, writtenOut } from '../domain/segment/rule.ts'
import type { Db, Queryable } from '../prisma/client.ts'
import { candidatesOf, holdLooks, keepLook, type Look, lookThrough, takeTouched } from '../prisma/queries/segment-history.ts'
import { listSegments, ruleContext, type SegmentRow } from '../prisma/queries/segments.ts'
import { heartbeat } from './heartbeat.ts'

/** Changed customers looked at in one transaction. */
const atOnce = 20_000
/** Beyond so many, a question about everybody is cheaper than one about each. */
const few = 2_000
/** A rule that only everybody can answer is asked so often; in between by those about whom something changed. */
const wholeEveryMs = 10 * 60_000
const mostSegments = 500

/** The history of saved segments: who entered and who left, by looking at those about whom something changed or whose time came. */
export function createSegmentHistory({ db }: { db: Db }) {
  return {
    async sweepSegments(request: { at: number }): Promise<{ moved: number }> {
      const at = new Date(request.at)
      const segments = await listSegments(db, mostSegments)
      let moved = 0
      for (let more = segments.length > 0; more; ) {
        heartbeat()
        await db.transaction(async tx => {
          const looks = new Map((await holdLooks(tx)).map(look => [look.segment, look]))
          const touched = await takeTouched(tx, atOnce)
          for (const segment of segments) moved += await lookAt(tx, segment, looks.get(segment.key), touched.customers, at)
          more = touched.more
        })
      }
      return { moved }
    },
  }

  async function lookAt(
    tx: Queryable,
    { key, rule }: SegmentRow,
    before: Look | undefined,
    customers: readonly number[],
    now: Date,
  ): Promise<number> {
    // A look that was tried again late must not go back behind one that was made meanwhile.
    const at = before && now < before.sweptTo ? before.sweptTo : now
    const context = await ruleContext(tx, at, { few: customers.length <= few })
    const hash = createHash('md5')
      .update(JSON.stringify(writtenOut(rule, context)))
      .digest('hex')
    const crossers = before && ruleCrossers(rule, { from: before.sweptTo, to: at }, context)
    const isDue = crossers === undefined && at.getTime() - (before?.wholeAt.getTime() ?? 0) >= wholeEveryMs
    const whole = !before || before.rule !== hash || isDue
    const look = { segment: key, at, first: !before }
    const moved = whole
      ? await lookThrough(tx, { ...look, candidates: null, where: ruleWhere(rule, { ...context, few: false }) })
      : await lookThrough(tx, { ...look, candidates: candidatesOf(customers, crossers ?? []), where: ruleWhere(rule, context) })
    await keepLook(tx, { segment: key, rule: hash, sweptTo: at, wholeAt: whole ? at : before.wholeAt })
    return moved
  }
}
