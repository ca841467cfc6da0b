import { join, raw, type Sql, sql, tally } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** Names a wave's rows: those of a run that move together. */
export interface WaveRef {
  run: number
  wave: number
}

const ofWave = (wave: WaveRef, alias = 'e'): Sql =>
  sql`${raw(alias)}.run = ${wave.run} AND ${raw(alias)}.wave = ${wave.wave} AND ${raw(alias)}.state = 'moving'`

export interface ClaimedWave {
  wave: number
  version: number
  place: number
  size: number
}

/** What a claim with these numbers took before, if it is asked again after a crash. */
export const claimedSince = (tx: Queryable, run: number, firstWave: number) =>
  tx.rows<ClaimedWave>(sql`SELECT wave, version, min(place) AS place, count(*)::int AS size FROM enrollment e
    WHERE run = ${run} AND state = 'moving' AND wave >= ${firstWave} GROUP BY wave, version ORDER BY wave`)

/** Where somebody waits, and when the first of them is due. `sends` is the place's, as it was asked. */
export interface Head {
  version: number
  place: number
  sends: boolean
  due: Date
}

/** The earliest due time at each place where somebody waits: one probe of an index a place, however many wait. */
export const heads = (tx: Queryable, run: number, places: readonly { version: number; place: number; sends: boolean }[]) =>
  tx.rows<Head>(sql`
    SELECT p.version, p.place, p.sends, first.due
    FROM unnest(${places.map(p => p.version)}::int[], ${places.map(p => p.place)}::int[], ${places.map(p => p.sends)}::bool[]) AS p(version, place, sends)
    CROSS JOIN LATERAL (
      SELECT due FROM enrollment e WHERE e.run = ${run} AND e.version = p.version AND e.place = p.place AND e.state = 'waiting' ORDER BY due LIMIT 1
    ) first
    ORDER BY first.due`)

/**
 * Takes up to so many `customers` of those who are ready at one place, earliest first; a wait that timed out is noted as such. Their
 * due time stays: it is when the journey was to go on, so what happened since then counts for the step it reaches.
 */
export const claimPlace = (
  tx: Queryable,
  claim: { run: number; version: number; place: number; firstWave: number; customers: number; waveSize: number; at: Date },
) =>
  tx.rows<{ wave: number; size: number }>(sql`
    WITH picked AS (
      SELECT id, row_number() OVER (ORDER BY due, id) - 1 AS n FROM (
        SELECT id, due FROM enrollment WHERE run = ${claim.run} AND version = ${claim.version} AND place = ${claim.place} AND state = 'waiting' AND due <= ${claim.at}
        ORDER BY due LIMIT ${claim.customers} FOR UPDATE SKIP LOCKED
      ) ready
    ), moved AS (
      UPDATE enrollment e SET state = 'moving', wave = ${claim.firstWave}::int + (picked.n / ${claim.waveSize}::int)::int, awaiting = false
      FROM picked WHERE e.id = picked.id RETURNING e.id, e.wave, e.step, old.awaiting AS awaited
    ), noted AS (
      INSERT INTO decision (enrollment, kind, step, outcome, at) SELECT id, 'wait', step, 'timedOut', ${claim.at} FROM moved WHERE awaited
    )
    SELECT wave, count(*)::int AS size FROM moved GROUP BY wave ORDER BY wave`)

export const someoneMoves = async (tx: Queryable, run: number): Promise<boolean> =>
  (await tx.row(sql`SELECT 1 FROM enrollment WHERE run = ${run} AND state = 'moving' LIMIT 1`)) !== undefined

/** Conditions under which a stay ends before its next step; each over `e` (enrollment) and `c` (customer). */
export interface LeaveWhen {
  converted: Sql | null
  unsubscribed: Sql | null
  exited: Sql | null
}

const endedAs = (reason: Sql, at: Date): Sql =>
  sql`state = 'ended', ended_at = ${at}, reason = ${reason}, due = NULL, wave = NULL, awaiting = false, watching = '{}'`

/** Why a stay ends: its goal was reached, the customer said stop everywhere, or the exit rule holds; null: nothing ends it. Over `e` and `c`. */
export function whyLeave(when: LeaveWhen): Sql | null {
  const cases: Sql[] = []
  if (when.converted) cases.push(sql`WHEN ${when.converted} THEN 'converted'`)
  if (when.unsubscribed) cases.push(sql`WHEN ${when.unsubscribed} THEN 'unsubscribed'`)
  if (when.exited) cases.push(sql`WHEN ${when.exited} THEN 'exited'`)
  return cases.length === 0 ? null : sql`CASE ${join(cases, ' ')} END`
}

/** Ends the stays of those who leave. Answers how many. */
export async function leave(tx: Queryable, whom: Sql, when: LeaveWhen, at: Date): Promise<number> {
  const why = whyLeave(when)
  if (!why) return 0
  return await tx.run(sql`
    WITH gone AS (SELECT e.id, ${why} AS why FROM enrollment e JOIN customer c ON c.id = e.customer WHERE ${whom})
    UPDATE enrollment SET ${endedAs(raw('gone.why'), at)} FROM gone WHERE gone.id = enrollment.id AND gone.why IS NOT NULL`)
}

/** Ends these stays, each for its reason. */
export const endEach = (
  tx: Queryable,
  wave: WaveRef,
  leaving: readonly { enrollment: number; leaves: string | null }[],
  at: Date,
) =>
  tx.run(sql`UPDATE enrollment e SET ${endedAs(raw('l.why'), at)}
    FROM unnest(${leaving.map(one => one.enrollment)}::bigint[], ${leaving.map(one => one.leaves)}::text[]) AS l(id, why)
    WHERE e.id = l.id AND ${ofWave(wave)}`)

export const movingIn = (wave: WaveRef): Sql => ofWave(wave)

/** Ends the stays of everybody still moving in a wave. */
export const endWave = (tx: Queryable, wave: WaveRef, reason: string, step: number | null, at: Date) =>
  tx.run(sql`UPDATE enrollment e SET ${endedAs(sql`${reason}::text`, at)}, step = coalesce(${step}, step) WHERE ${ofWave(wave)}`)

/** Puts everybody still moving to rest at a place. Answers how many. */
export const parkWave = (
  tx: Queryable,
  wave: WaveRef,
  rest: { place: number; step: number; due: Date; awaiting?: boolean; watching?: readonly number[] },
) =>
  tx.run(sql`UPDATE enrollment e SET state = 'waiting', place = ${rest.place}, step = ${rest.step}, due = ${rest.due}, wave = NULL,
      awaiting = ${rest.awaiting ?? false}${rest.watching ? sql`, watching = (SELECT array_agg(DISTINCT x) FROM unnest(watching || ${rest.watching}::int[]) x)` : raw('')}
    WHERE ${ofWave(wave)}`)

/** Who stays at a step, and until when. */
export interface Staying {
  enrollment: number
  due: Date
}

/** Puts some of a wave to rest at one place, each until a time of their own. */
export const parkEach = (tx: Queryable, wave: WaveRef, rest: { place: number; step: number }, dues: readonly Staying[]) =>
  tx.run(sql`UPDATE enrollment e SET state = 'waiting', place = ${rest.place}, step = ${rest.step}, due = d.due, wave = NULL
    FROM unnest(${dues.map(d => d.enrollment)}::bigint[], ${dues.map(d => d.due)}::timestamptz[]) AS d(id, due) WHERE e.id = d.id AND ${ofWave(wave)}`)

/** Divides a wave: each goes, ready at once, to the target of the first case that holds, or to the last target. */
export const forkWave = (
  tx: Queryable,
  wave: WaveRef,
  fork: {
    step: number
    cases: readonly Sql[]
    names: readonly string[]
    to: readonly number[]
    at: Date
    kind: 'branch' | 'variant'
  },
) => {
  const cases = fork.cases.length
    ? sql`CASE ${join(
        fork.cases.map((when, i) => sql`WHEN ${when} THEN ${i + 1}::int`),
        ' ',
      )} ELSE ${fork.to.length}::int END`
    : sql`${fork.to.length}::int`
  return tx.rows<{ place: number; size: number }>(sql`
    WITH divided AS (SELECT e.id, ${cases} AS way FROM enrollment e JOIN customer c ON c.id = e.customer WHERE ${ofWave(wave)}),
    moved AS (
      UPDATE enrollment e SET state = 'waiting', place = (${fork.to}::int[])[d.way], step = ${fork.step}, due = ${fork.at}, wave = NULL
      FROM divided d WHERE e.id = d.id RETURNING e.id, e.place, d.way
    ), noted AS (
      INSERT INTO decision (enrollment, kind, step, outcome, at) SELECT id, ${fork.kind}, ${fork.step}, (${fork.names}::text[])[way], ${fork.at} FROM moved
    )
    SELECT place, count(*)::int AS size FROM moved GROUP BY place`)
}

/** Sends everybody still moving back to the place they were claimed at, ready again. */
export const releaseWave = (tx: Queryable, wave: WaveRef, at: Date) =>
  tx.run(sql`UPDATE enrollment e SET state = 'waiting', due = ${at}, wave = NULL WHERE ${ofWave(wave)}`)

/** Moves the wave's rows on to a place, still moving together. */
export const advanceWave = (tx: Queryable, wave: WaveRef, place: number, step: number) =>
  tx.run(sql`UPDATE enrollment e SET place = ${place}, step = ${step} WHERE ${ofWave(wave)}`)

/** Rows a step is counted on: about as many waves are under way at once. */
const shards = 16

/** Counts those who went past a step, in the transaction that moved them. */
export const countPassed = (tx: Queryable, wave: WaveRef, version: number, step: number, passed: number) =>
  passed === 0
    ? Promise.resolve(0)
    : tx.run(
        tally(sql`INSERT INTO step_count (run, version, step, shard, passed) VALUES (${wave.run}, ${version}, ${step}, ${wave.wave % shards}, ${passed})
        ON CONFLICT (run, version, step, shard) DO UPDATE SET passed = step_count.passed + excluded.passed`),
      )

/** Ends every stay of a run that has not ended: waiting ones at once, moving ones when their wave looks next. */
export const endWaiting = (tx: Queryable, run: number, reason: string, at: Date) =>
  tx.run(sql`UPDATE enrollment e SET ${endedAs(sql`${reason}::text`, at)} WHERE e.run = ${run} AND e.state <> 'ended'`)

/** Puts the rows of waves whose workflow is no more back to their places: the start after a lost Temporal. */
export const releaseRun = (tx: Queryable, run: number, at: Date) =>
  tx.run(sql`UPDATE enrollment e SET state = 'waiting', due = ${at}, wave = NULL WHERE e.run = ${run} AND e.state = 'moving'`)

export const highestWave = async (tx: Queryable, run: number): Promise<number> =>
  (await tx.row<{ wave: number }>(sql`SELECT coalesce(max(wave), 0) AS wave FROM enrollment WHERE run = ${run}`))?.wave ?? 0
