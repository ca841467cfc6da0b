import { opening } from '../domain/campaign/trigger-kind.ts'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import type { Claim } from '../domain/journey/dispatch.ts'
import { placesOf } from '../domain/journey/program.ts'
import { lasting, sql } from '../domain/sql.ts'
import type { Db } from '../prisma/client.ts'
import {
  claimedSince,
  claimPlace,
  endWaiting,
  heads,
  releaseWave as release,
  someoneMoves,
} from '../prisma/queries/enrollments.ts'
import { completeRun, findRun, holdStatus, type RunRow, setRunStatus, unwatch } from '../prisma/queries/runs.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { enterWaves } from './enter-waves.ts'
import { gather } from './gather.ts'
import { moveToVersion } from './moving.ts'
import { createPacing } from './pacing.ts'
import type { Published, Versions } from './versions.ts'

/** Customers in one wave: a few requests of a provider that takes a thousand at once. */
const waveSize = 8_000
/** Where each customer costs a request of their own, so that a wave is home in reasonable time. */
const smallWave = 1_000

export interface DispatchingDeps {
  db: Db
  versions: Versions
  /** Customers in one wave, whatever they do; a measurement sets 1 to show the factor. */
  waveSize?: number
}

/** The claim of a run that has ended. */
const nobody: Claim = { waves: [], nextDue: null, open: false, enters: false }

/** A place where customers can stand. `sends`: what they do there is send a message. */
interface Standing {
  version: number
  place: number
  sends: boolean
  waveSize: number
}

/** What the dispatcher must know of a trigger that an edit has brought. */
function beginsAs({ document: { trigger } }: Published): { finite: boolean; enrolls: boolean } {
  const { finite, snapshot } = opening(triggerKinds[trigger.kind].entry(trigger), new Date(0))
  return { finite, enrolls: snapshot }
}

function standingAt(published: Published, place: number): Standing {
  const instruction = published.program.instructions[place]
  const body = instruction?.op === 'act' ? published.step(instruction.step).body : undefined
  const one = { version: published.version, place, sends: body?.kind === 'message' }
  const costly = body?.kind === 'webhook' || (body?.kind === 'message' && body.channel === 'sms')
  return { ...one, waveSize: costly ? smallWave : waveSize }
}

/** What the dispatcher of a run does to the database. Everything here may be done twice and has then been done once. */
export function createDispatching({ db, versions, waveSize: given }: DispatchingDeps) {
  const openPace = createPacing(versions)
  const versionsOf = async (run: RunRow): Promise<Standing[]> => {
    const rows = await db.rows<{ version: number }>(
      lasting(sql`SELECT version FROM campaign_version WHERE campaign = ${run.campaign} AND version <= ${run.version}`),
    )
    const standing = await Promise.all(rows.map(row => versions(run.campaign, row.version)))
    return standing.flatMap(published => placesOf(published.program).map(place => standingAt(published, place)))
  }

  return {
    /** Takes up to `atMost` waves of who is ready, after acting on what happened meanwhile. */
    async claim(request: { campaign: number; run: number; firstWave: number; atMost: number; at: number }): Promise<Claim> {
      const at = new Date(request.at)
      const run = await findRun(db, request.run)
      if (!run) return nobody
      const places = await versionsOf(run)
      return await db.transaction(async tx => {
        const status = await holdStatus(tx, run.id)
        if (status === 'paused') return { waves: [], nextDue: null, open: true }
        if (status !== 'running' && status !== 'enrolling') return nobody
        const again = await claimedSince(tx, run.id, request.firstWave)
        if (again.length > 0) return { waves: again, nextDue: null, open: true }

        const context = await ruleContext(tx, at)
        await moveToVersion(tx, versions, run, context, at)
        await gather(tx, versions, run, context, at)
        const waves: Claim['waves'][number][] = []
        let next = request.firstWave
        // Asked before who waits: only we make the waiting move, so who is seen in neither has ended.
        const moving = await someoneMoves(tx, run.id)
        const standing = await heads(tx, run.id, places)
        const sizeAt = (head: { version: number; place: number }) =>
          given ?? places.find(one => one.version === head.version && one.place === head.place)?.waveSize ?? smallWave
        const pace = await openPace(tx, run, at)
        for (const head of standing) {
          const size = sizeAt(head)
          const left = (request.firstWave + request.atMost - next) * size
          if (head.due > at || left <= 0) break
          const customers = head.sends ? pace.mayGo(left) : left
          if (customers === 0) continue
          const claimed = await claimPlace(tx, { run: run.id, ...head, firstWave: next, customers, waveSize: size, at })
          for (const wave of claimed) waves.push({ ...wave, version: head.version, place: head.place })
          next += claimed.length
          if (head.sends) pace.went(claimed.reduce((sum, wave) => sum + wave.size, 0))
        }
        await pace.close()
        const published = await versions(run.campaign, run.version)
        const room = request.firstWave + request.atMost > next
        const entering = room ? await enterWaves(tx, versions, run.id, { firstWave: next, at, sizeAt }) : undefined
        if (entering) waves.push(...entering.waves)
        const waiting = waves.length > 0 ? await heads(tx, run.id, places) : standing
        // Who is due but held by the pace is due when the pace is free again.
        const soonest = waiting.reduce<number | null>((first, head) => {
          const due = head.sends ? Math.max(head.due.getTime(), pace.free()) : head.due.getTime()
          return first === null ? due : Math.min(first, due)
        }, null)
        const { endsAt } = published.document
        const end = endsAt === undefined ? null : Date.parse(endsAt)
        const over = end !== null && end <= request.at
        return {
          waves,
          nextDue: end === null || over ? soonest : Math.min(end, soonest ?? end),
          ...(entering ? { enters: entering.enters } : {}),
          open: waiting.length > 0 || waves.length > 0 || moving,
          ...(over ? { over } : {}),
          ...(run.triggerAt ? { turned: { at: run.triggerAt.getTime(), ...beginsAs(published) } } : {}),
        }
      })
    },

    async setRunStatus(request: { run: number; status: 'running' | 'paused' | 'stopped'; at: number }): Promise<void> {
      await setRunStatus(db, request.run, request.status, new Date(request.at))
    },

    async endStopped(request: { run: number; at: number }): Promise<void> {
      await db.transaction(async tx => {
        await endWaiting(tx, request.run, 'stopped', new Date(request.at))
        await unwatch(tx, request.run)
      })
    },

    async completeRun(request: { run: number; at: number }): Promise<void> {
      await db.transaction(async tx => {
        await completeRun(tx, request.run, new Date(request.at))
        await unwatch(tx, request.run)
      })
    },

    async releaseWave(request: { run: number; wave: number; at: number }): Promise<void> {
      await release(db, request, new Date(request.at))
    },
  }
}
