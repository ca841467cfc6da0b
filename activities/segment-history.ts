import { raw } from '../domain/sql.ts'
import type { Db } from '../prisma/client.ts'
import { refreshDates } from '../prisma/queries/dates.ts'
import { keepMessageNotes } from '../prisma/queries/message-notes.ts'
import { holdLooks, lookAnew, lookWhole, takeTouched } from '../prisma/queries/segment-history.ts'
import { lookAlone, lookAtFew } from '../prisma/queries/segment-look.ts'
import { ruleContext, segmentKeys } from '../prisma/queries/segments.ts'
import { heartbeat } from './heartbeat.ts'

/** Of more changed customers than this, everybody is asked at once. */
const oneByOne = 20_000

/** The history of saved segments: who entered and who left, by looking at those about whom something changed or whose time came. */
export function createSegmentHistory({ db }: { db: Db }) {
  return {
    async sweepSegments(request: { at: number }): Promise<{ moved: number; failed: number }> {
      const { moved, failed } = await noticeChanges(db, { at: new Date(request.at), segments: await segmentKeys(db) })
      return { moved, failed: failed.length }
    },
  }
}

/**
 * Reads the notes of who changed, and brings up to `at` what is kept of them: the histories of segments that were looked at before, those
 * of `segments` too where they were not, and the days of the attributes that are followed. Answers how many entered or left, and at
 * which segments nobody could look: of those everybody is asked at the next. Where everybody must be asked, it is one segment at a
 * time and after the others, who are held no longer than their own looks take.
 */
export async function noticeChanges(
  db: Db,
  { at, segments }: { at: Date; segments: readonly string[] },
): Promise<{ moved: number; failed: string[] }> {
  const messagesNoted = await keepMessageNotes(db)
  const done = { moved: 0, failed: [] as string[] }
  const { whole, saved } = await db.transaction(async tx => {
    const looks = new Map((await holdLooks(tx)).map(before => [before.segment, before]))
    const customers = await takeTouched(tx, oneByOne)
    await refreshDates(tx, customers, at)
    // The notes are gone with this transaction: that everybody is to be asked stays, whatever becomes of us.
    if (customers === null) await lookWhole(tx, [...looks.keys()])
    const saved = await ruleContext(tx, at)
    const whole: string[] = []
    for (const segment of new Set([...looks.keys(), ...segments])) {
      heartbeat()
      // One segment's fault must not keep the others from being looked at.
      await tx.run(raw('SAVEPOINT looking'))
      try {
        const asked = { segment, before: looks.get(segment), customers, at, saved, messagesNoted }
        const moved = await lookAtFew(tx, asked)
        if (moved === undefined) whole.push(segment)
        else done.moved += moved
        await tx.run(raw('RELEASE SAVEPOINT looking'))
      } catch {
        await tx.run(raw('ROLLBACK TO SAVEPOINT looking'))
        await lookAnew(tx, segment)
        done.failed.push(segment)
      }
    }
    return { whole, saved }
  })
  for (const segment of whole) {
    heartbeat()
    try {
      done.moved += await lookAlone(db, { segment, at, saved, messagesNoted })
    } catch {
      await lookAnew(db, segment)
      done.failed.push(segment)
    }
  }
  return done
}
