import type { Campaign } from '../domain/campaign/campaign.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import type { Settings } from '../domain/settings.ts'
import { sql } from '../domain/sql.ts'
import type { Db, Queryable } from '../prisma/client.ts'
import { followOnly, keepDates, zonesOf } from '../prisma/queries/dates.ts'
import { enroll, enrollPart } from '../prisma/queries/enroll.ts'
import {
  beginTurn,
  endTurn,
  findRun,
  holdStatus,
  liveRuns,
  lockRun,
  markEnrolled,
  type RunRow,
  sweptTo,
} from '../prisma/queries/runs.ts'
import { lastChange } from '../prisma/queries/segment-look.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { enterExclusively } from './exclusive.ts'
import { heartbeat } from './heartbeat.ts'
import { enrollmentPlan } from './plan.ts'
import { noticeChanges } from './segment-history.ts'
import type { Published, Versions } from './versions.ts'

/** Customers looked at in one transaction of the snapshot: short enough that a restart repeats little and the first waves leave soon. */
const snapshotPart = 20_000

interface EnteringDeps {
  db: Db
  versions: Versions
  settings(): Promise<Settings>
}

/** Whether nobody enters any more: the campaign's end has come. */
export const isOver = (document: Campaign, at: Date): boolean =>
  document.endsAt !== undefined && Date.parse(document.endsAt) <= at.getTime()

/** Since when the run's trigger has held: the launch, or the edit that changed it. */
const sinceOf = (run: RunRow): Date => run.triggerAt ?? run.startedAt

/** Of which moment a run's one snapshot is: the launch, or what was set for it. */
export function snapshotOf(run: RunRow, set: Date | null): Date {
  const since = sinceOf(run)
  return set && set > since ? set : since
}

export const entryOf = ({ document: { trigger } }: Published) => triggerKinds[trigger.kind].entry(trigger)

/** How customers come into a run at a moment or as time passes. Everything here may be done twice and has then been done once. */
export function createEntering({ db, versions, settings }: EnteringDeps) {
  return {
    /**
     * Enrolls the audience part by part, in a transaction each. `more`: there is more to enroll, now or from `notBefore` on, in
     * milliseconds; false when nothing is left or the run was stopped.
     */
    async enrollSnapshot(request: { campaign: number; run: number; at: number }): Promise<{ more: boolean; notBefore?: number }> {
      const at = new Date(request.at)
      for (let parts = 0; parts < 2; parts++) {
        heartbeat()
        const part = await nextPart(request.run, at)
        if (!part.more || part.notBefore !== undefined) return part
      }
      return { more: true }
    },

    /** Enrolls, in every live run that enrolls by time, those who crossed its line since its last sweep. */
    async sweepRuns(request: {
      at: number
    }): Promise<{ entered: number; runs: { campaign: number; run: number }[]; failed: number }> {
      const at = new Date(request.at)
      const rung: { campaign: number; run: number }[] = []
      let entered = 0
      let failed = 0
      const runs = (await liveRuns(db)).filter(run => run.sweptTo !== null)
      const upTo = await bringUpTo(runs, at)
      for (const run of runs) {
        heartbeat()
        try {
          if (!upTo(run)) throw new Error('what the sweep reads could not be brought up to now')
          const count = await sweepOne(run.id, at)
          if (count > 0) rung.push({ campaign: run.campaign, run: run.id })
          entered += count
        } catch {
          // One campaign's fault must not keep the others from their customers; its line stays and is made up later.
          failed++
        }
      }
      return { entered, runs: rung, failed }
    },
  }

  /**
   * Brings what the sweeps of these runs read instead of everybody up to a moment: the histories of segments, the days of attributes.
   * Answers for which runs it is.
   */
  async function bringUpTo(runs: readonly RunRow[], at: Date): Promise<(run: RunRow) => boolean> {
    const read = new Map<number, { segment?: string; attribute?: string }>()
    try {
      for (const run of runs) {
        // One that cannot be read fails by itself below.
        const published = await versions(run.campaign, run.version).catch(() => undefined)
        const entry = published && entryOf(published)
        if (entry?.by === 'sweep' && (entry.segment ?? entry.attribute) !== undefined) read.set(run.id, entry)
      }
      const all = [...read.values()]
      await followOnly(
        db,
        all.flatMap(({ attribute }) => attribute ?? []),
      )
      if (read.size === 0) return () => true
      const { failed } = await noticeChanges(db, { at, segments: all.flatMap(({ segment }) => segment ?? []) })
      return run => !failed.includes(read.get(run.id)?.segment ?? '')
    } catch {
      return run => !read.has(run.id)
    }
  }

  async function nextPart(id: number, at: Date): Promise<{ more: boolean; notBefore?: number }> {
    const seen = await findRun(db, id)
    if (!seen) return { more: false }
    const { by } = entryOf(await versions(seen.campaign, seen.version))
    let snapshotOfRun: RunRow | undefined
    const part = await db.transaction(async tx => {
      // Held before it is read: who is enrolled once a stop has ended everybody would stay under way for ever. A snapshot shares
      // the hold with waves, so that neither waits for the other; turns are written on the run.
      await (by === 'schedule' ? lockRun(tx, id) : holdStatus(tx, id))
      const run = await findRun(tx, id)
      if (!run || run.status === 'stopped' || run.status === 'completed') return { more: false }
      const published = await versions(run.campaign, run.version)
      const entry = entryOf(published)
      // Edited in this instant: the next look is at the new trigger.
      if (entry.by !== by) return { more: true }
      if (entry.by === 'schedule') return await turn(tx, published, run, entry.next, at)
      if (entry.by !== 'snapshot') return { more: false }
      snapshotOfRun = run
      return await once(tx, published, run, entry.at, at)
    })
    if (snapshotOfRun && !part.more) await markEnrolled(db, snapshotOfRun, at)
    return part
  }

  async function partOf(tx: Queryable, published: Published, run: RunRow, asOf: Date, at: Date) {
    const plan = enrollmentPlan(published, run, await ruleContext(tx, asOf))
    return await enterExclusively(tx, published, run.id, at, () => enrollPart(tx, plan, snapshotPart, at))
  }

  /** A part of the one audience of a run, judged as of the launch or the moment set for it, however long the snapshot takes. */
  async function once(tx: Queryable, published: Published, run: RunRow, moment: Date | null, at: Date) {
    if (run.enrolledAt || isOver(published.document, at)) return { more: false }
    if (moment && moment > at) return { more: true, notBefore: moment.getTime() }
    return { more: (await partOf(tx, published, run, snapshotOf(run, moment), at)).more }
  }

  /** A part of a schedule's turn. Turns that were missed are made up by one: the audience now is the same for each of them. */
  async function turn(
    tx: Queryable,
    published: Published,
    run: RunRow,
    next: (after: Date) => Date | null,
    at: Date,
  ): Promise<{ more: boolean; notBefore?: number }> {
    if (isOver(published.document, at)) return { more: false }
    let asOf = run.snapshotAt
    if (!asOf) {
      const due = next(run.sweptTo ?? sinceOf(run))
      if (!due) return { more: false }
      if (due > at) return { more: true, notBefore: due.getTime() }
      await beginTurn(tx, run.id, at)
      asOf = at
    }
    const part = await partOf(tx, published, run, asOf, at)
    if (part.more) return { more: true }
    await endTurn(tx, run.id)
    const following = next(at)
    return following ? { more: true, notBefore: following.getTime() } : { more: false }
  }

  async function sweepOne(id: number, at: Date): Promise<number> {
    return await db.transaction(async tx => {
      // Two sweeps at once would enroll the same crossing twice: the second waits and finds the line moved.
      await lockRun(tx, id)
      const run = await findRun(tx, id)
      if (!run?.sweptTo || run.sweptTo >= at || (run.status !== 'running' && run.status !== 'paused')) return 0
      const published = await versions(run.campaign, run.version)
      const { trigger } = published.document
      const kind = triggerKinds[trigger.kind]
      const entry = kind.entry(trigger)
      if (entry.by !== 'sweep' || !kind.crossing || isOver(published.document, at)) return 0
      if (entry.attribute !== undefined) await keepDates(tx, entry.attribute)
      const context = await ruleContext(tx, at)
      const sweep = {
        run: id,
        from: run.sweptTo,
        to: at,
        since: entry.existing ? new Date(0) : sinceOf(run),
        context,
        zones: entry.attribute === undefined ? [] : await zonesOf(tx, entry.attribute),
        defaultZone: (await settings()).defaultTimezone,
        // What is written into the history after this is for the next sweep.
        entries: { after: run.entriesTo, upTo: entry.segment === undefined ? 0 : await lastChange(tx, entry.segment) },
      }
      const candidates = sql`SELECT customer, NULL::bigint AS event FROM (${kind.crossing(trigger, sweep)}) crossed`
      const plan = enrollmentPlan(published, run, context)
      const entered = await enterExclusively(tx, published, id, at, () => enroll(tx, plan, candidates, at))
      await sweptTo(tx, id, at, entry.segment === undefined ? null : sweep.entries.upTo)
      return entered
    })
  }
}
