import { listensTo } from '../domain/campaign/watched.ts'
import { moveTo } from '../domain/journey/move.ts'
import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import type { Queryable } from '../prisma/client.ts'
import type { RunRow } from '../prisma/queries/runs.ts'
import { dropUnsent, moveStanding, standingBefore } from '../prisma/queries/versions.ts'
import type { Versions } from './versions.ts'

/** Takes those who rest on an earlier version over to the one the run has moved to. Whose goal is no more finishes where they are. */
export async function moveToVersion(
  tx: Queryable,
  versions: Versions,
  run: RunRow,
  context: RuleContext,
  at: Date,
): Promise<void> {
  if (run.moveTo === null) return
  const standing = await standingBefore(tx, run.id, run.moveTo)
  if (standing.length === 0) return
  const to = await versions(run.campaign, run.moveTo)
  for (const group of standing) {
    const from = await versions(run.campaign, group.version)
    const moved = moveTo(from.program, to.program, group)
    if (!moved) continue
    const watching = listensTo(to, group.goal).flatMap(name => context.eventId(name) ?? [])
    await moveStanding(tx, run.id, group, { ...moved, version: to.version, watching }, at)
  }
  const gone = to.program.steps.flatMap((step, index) => (step.goal === '' ? [index] : []))
  if (gone.length > 0) await dropUnsent(tx, run.id, to.version, gone)
}
