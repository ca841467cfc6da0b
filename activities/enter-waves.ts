import type { Claim } from '../domain/journey/dispatch.ts'
import type { Queryable } from '../prisma/client.ts'
import { enrollWaves } from '../prisma/queries/enroll.ts'
import { findRun } from '../prisma/queries/runs.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { entryOf, isOver, snapshotOf } from './entering.ts'
import { enrollmentPlan } from './plan.ts'
import type { Versions } from './versions.ts'

/** Each goal's customers are a wave of their own: with more of them the waves would be too small to be worth it. */
const mostGoals = 3
/** Where fewer enter, waves would be small: then the audience waits until there are enough for whole ones. */
const leastShare = 0.5
/** From then on the rest of the audience is enrolled at once, however long it takes to send: a snapshot is of the launch. */
const longestMs = 120_000

/**
 * Takes the next part of a snapshot straight into waves, numbered from `firstWave`, in the transaction that claims. Only where nobody
 * has to wait for a pace and nobody is taken from another campaign, and as long as most of the customers looked at do enter.
 */
export async function enterWaves(
  tx: Queryable,
  versions: Versions,
  id: number,
  { firstWave, at, sizeAt }: { firstWave: number; at: Date; sizeAt(head: { version: number; place: number }): number },
): Promise<{ waves: Claim['waves']; enters: boolean }> {
  const none = { waves: [], enters: false }
  // As it stands under the hold of the claim: an edit may have come since the claim began.
  const run = await findRun(tx, id)
  if (!run) return none
  const published = await versions(run.campaign, run.version)
  const { document, program } = published
  const entry = entryOf(published)
  const moment = entry.by === 'snapshot' && !run.enrolledAt ? snapshotOf(run, entry.at) : null
  if (!moment || moment > at || at.getTime() - moment.getTime() > longestMs || isOver(document, at)) return none
  if (document.limits.perMinute !== undefined || document.exclusive || document.goals.length > mostGoals) return none
  const size = Math.min(
    ...document.goals.map(goal => sizeAt({ version: published.version, place: program.entries[goal.key] ?? 0 })),
  )
  const plan = enrollmentPlan(published, run, await ruleContext(tx, moment))
  const { waves, share } = await enrollWaves(tx, plan, size, firstWave, at)
  return { waves: waves.map(wave => ({ ...wave, version: published.version })), enters: waves.length > 0 && share >= leastShare }
}
