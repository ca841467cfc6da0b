import type { Campaign } from '../domain/campaign/campaign.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { ruleCrossers } from '../domain/segment/rule.ts'
import type { Settings } from '../domain/settings.ts'
import { join, type Sql, sql } from '../domain/sql.ts'
import type { Db } from '../prisma/client.ts'
import { zonesOf } from '../prisma/queries/dates.ts'
import { type RunRow, sweptTo } from '../prisma/queries/runs.ts'
import { candidatesOf } from '../prisma/queries/segment-history.ts'
import { lastChange } from '../prisma/queries/segment-look.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { noteCrossings } from '../prisma/queries/simulated-crossings.ts'

interface Sweeps {
  /** Sweeps if somebody may have crossed the line by then, at the end of a stretch, and answers whether it did. */
  sweep(at: Date, stretch: number): Promise<boolean>
  /** Says how far sweeps would have been, those that were left out too. */
  close(): Promise<void>
}

/**
 * The sweeps of a simulated run. Those that would find nobody are left out: all they would leave behind is how far the run has been
 * swept, and the next one is told that.
 */
export function sweepWhereCrossed(
  db: Db,
  run: RunRow,
  { trigger }: Campaign,
  { defaultTimezone: defaultZone }: Settings,
  sweepRuns: (request: { at: number }) => Promise<unknown>,
  /** Whether who enters the segment was laid out: then none of its looks searches. */
  laidOut: boolean,
): Sweeps {
  const kind = triggerKinds[trigger.kind]
  const entry = kind.entry(trigger)
  const { existing, segment, attribute } = entry.by === 'sweep' ? entry : { existing: false }
  let first = true
  /** How far a sweep would have been, and how far the last one was. */
  let passed = run.sweptTo ?? run.startedAt
  let swept = passed
  let zones: readonly string[] = []

  /** Queries that find somebody if a sweep might. */
  async function signs(to: Date): Promise<Sql[]> {
    const context = await ruleContext(db, to)
    if (segment !== undefined)
      return [
        sql`SELECT 1 FROM touched`,
        candidatesOf(segment, [], laidOut ? [] : ruleCrossers({ segment }, { from: swept, to }, context), to),
      ]
    const since = existing ? new Date(0) : run.startedAt
    const sweep = { run: run.id, from: passed, to, since, context, zones, defaultZone, entries: { after: null, upTo: 0 } }
    const crossing = kind.crossing?.(trigger, sweep) ?? sql`SELECT 1`
    return attribute === undefined ? [crossing] : [sql`SELECT 1 FROM touched`, crossing]
  }

  const catchUp = async () => {
    if (swept < passed) await sweptTo(db, run.id, passed, segment === undefined ? null : await lastChange(db, segment))
  }

  const sweep = async (at: Date, stretch: number): Promise<boolean> => {
    if (laidOut && segment !== undefined) await noteCrossings(db, segment, stretch, at)
    // What the others rest on is first read by a sweep.
    const maybe = first
      ? sql`true`
      : join(
          (await signs(at)).map(sign => sql`EXISTS (${sign})`),
          ' OR ',
        )
    const sweeps = (await db.row(sql`SELECT 1 WHERE ${maybe}`)) !== undefined
    if (sweeps) {
      await catchUp()
      await sweepRuns({ at: at.getTime() })
      swept = at
      if (attribute !== undefined) zones = await zonesOf(db, attribute)
    }
    first = false
    passed = at
    return sweeps
  }
  return { sweep, close: catchUp }
}
