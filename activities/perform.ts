import type { Wave } from '../domain/journey/dispatch.ts'
import { hitOf, instructionAt } from '../domain/journey/program.ts'
import type { Instruction, Place } from '../domain/journey/step-kind.ts'
import { awaitingAt } from '../domain/journey/steps/await.ts'
import type { WaitBody } from '../domain/journey/steps/wait.ts'
import { ruleWhere } from '../domain/segment/rule.ts'
import { sql } from '../domain/sql.ts'
import { milliseconds } from '../domain/time.ts'
import { nextLocalTime, zoneOf } from '../domain/zone.ts'
import type { Queryable } from '../prisma/client.ts'
import {
  advanceWave,
  countPassed,
  endWave,
  forkWave,
  leave,
  movingIn,
  parkEach,
  parkWave,
  releaseWave,
} from '../prisma/queries/enrollments.ts'
import { besideErasures } from '../prisma/queries/erase.ts'
import { nudgeEngaged, nudgeHappened } from '../prisma/queries/nudges.ts'
import { holdStatus } from '../prisma/queries/runs.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import type { ActDeps, ActStand } from './act.ts'
import { createActs } from './acts.ts'
import { leaveWhen } from './conditions.ts'
import { withHeartbeat } from './heartbeat.ts'
import { createMessageStep, type MessageStepDeps } from './message-step.ts'
import { goalAt, type Stand } from './stand.ts'

export interface PerformRequest {
  campaign: number
  run: number
  wave: Wave
  place: Place
  at: number
}

const engaged = {
  delivered: sql`m.delivered_at IS NOT NULL`,
  opened: sql`m.opened_at IS NOT NULL`,
  seen: sql`m.opened_at IS NOT NULL`,
  clicked: sql`m.clicked_at IS NOT NULL`,
  replied: sql`m.replied_at IS NOT NULL`,
}

/** The task that the step opened for `e` was completed so. */
const cameOf = (step: number, outcome: string) =>
  sql`EXISTS (SELECT 1 FROM task t WHERE t.enrollment = e.id AND t.step = ${step} AND t.outcome = ${outcome})`

/** Carries waves through their instructions. Safe to do again: rows that moved on are no longer in the wave, sends are in the ledger. */
export function createPerform(deps: MessageStepDeps & ActDeps) {
  const messageStep = createMessageStep(deps)
  const acts = createActs(deps)
  const { db, versions } = deps

  /**
   * Carries a wave through the instruction at `place`, and on until something must be sent again. One act an activity:
   * what follows it needs the database alone and is done in the same transaction as its outcome.
   */
  async function perform(request: PerformRequest): Promise<{ next: Place | null }> {
    const published = await versions(request.campaign, request.wave.version)
    const stand: Stand = { published, wave: { run: request.run, wave: request.wave.wave }, at: new Date(request.at) }
    const instruction = instructionAt(published.program, request.place)
    if (instruction.op !== 'act') return { next: (await db.transaction(tx => rest(tx, stand, request.place))).next }
    const compiled = published.step(instruction.step)
    const after = (tx: Queryable) => onwards(tx, stand, instruction)
    const at = { place: request.place, step: instruction.step }
    if (compiled.body.kind === 'message') return { next: await withHeartbeat(() => messageStep(stand, at, after)) }
    return { next: await withHeartbeat(() => actStep({ ...stand, ...at, compiled }, after)) }
  }

  /** Any act but a message: in one transaction with what follows it, unless something must be done in the world in between. */
  async function actStep(stand: ActStand, after: (tx: Queryable) => Promise<Place | null>): Promise<Place | null> {
    const act = acts[stand.compiled.body.kind]
    if (!act) throw new Error(`the step kind ${stand.compiled.kind} does nothing`)
    const done = await db.transaction(async tx => {
      if (!(await mayAct(tx, stand, stand.place))) return { next: null }
      const outside = await act(tx, stand)
      return outside ? { outside } : { next: await after(tx) }
    })
    if (!('outside' in done)) return done.next
    const staying = await done.outside()
    return await db.transaction(async tx => {
      if (staying.length > 0) await parkEach(tx, stand.wave, stand, staying)
      return await after(tx)
    })
  }

  /** After an act: count who went past it, and let them rest in the same transaction when rest comes next. */
  async function onwards(tx: Queryable, stand: Stand, act: Extract<Instruction, { op: 'act' }>): Promise<Place | null> {
    if (instructionAt(stand.published.program, act.next).op !== 'act') {
      // They get their next place where they rest: their rows are written once.
      const sent = stand.published.step(act.step).body.kind === 'message'
      const rested = await rest(tx, stand, act.next, sent)
      await passed(tx, stand, act.step, rested.moved)
      return rested.next
    }
    const moving = await advanceWave(tx, stand.wave, act.next, act.step)
    await passed(tx, stand, act.step, moving)
    return moving === 0 ? null : act.next
  }

  const passed = (tx: Queryable, stand: Stand, step: number, customers: number) =>
    countPassed(tx, stand.wave, stand.published.version, step, customers)

  /**
   * Performs what needs the database alone; answers the place of the next act, or null when nobody moves any more, and how many
   * it moved. Who was looked at a moment ago, when the message before was prepared, and now waits, is looked at again when they go
   * on: what they do in between wakes them.
   */
  async function rest(
    tx: Queryable,
    stand: Stand,
    place: Place,
    lookedAt = false,
  ): Promise<{ next: Place | null; moved: number }> {
    const instruction = instructionAt(stand.published.program, place)
    if (instruction.op === 'act') return { next: place, moved: 0 }
    const status = await holdStatus(tx, stand.wave.run)
    if (status === 'stopped') return { next: null, moved: await endWave(tx, stand.wave, 'stopped', null, stand.at) }
    const waits = instruction.op === 'wait' || instruction.op === 'await'
    const left = lookedAt && waits ? 0 : await leaveFirst(tx, stand, place)
    const moved = await perOp(tx, stand, instruction)
    // Who waits for a task, or goes where it leads, was counted when it was opened.
    const counted = instruction.step === null || stand.published.step(instruction.step).kind === 'task'
    if (instruction.step !== null && !counted) await passed(tx, stand, instruction.step, moved)
    return { next: null, moved: left + moved }
  }

  function perOp(tx: Queryable, stand: Stand, instruction: Exclude<Instruction, { op: 'act' }>): Promise<number> {
    if (instruction.op === 'end') return endWave(tx, stand.wave, instruction.reason, instruction.step, stand.at)
    if (instruction.op === 'wait') return wait(tx, stand, instruction)
    if (instruction.op === 'await') return beginAwait(tx, stand, instruction)
    return fork(tx, stand, instruction)
  }

  async function leaveFirst(tx: Queryable, stand: Stand, place: Place): Promise<number> {
    const context = await ruleContext(tx, stand.at, { few: true })
    return await leave(tx, movingIn(stand.wave), leaveWhen(stand.published, goalAt(stand.published, place), context), stand.at)
  }

  async function wait(tx: Queryable, stand: Stand, instruction: Extract<Instruction, { op: 'wait' }>): Promise<number> {
    const body = stand.published.step(instruction.step).body as WaitBody
    const rest = { place: instruction.next, step: instruction.step }
    if ('for' in body) {
      const due = new Date(stand.at.getTime() + milliseconds(body.for))
      return await parkWave(tx, stand.wave, { ...rest, due })
    }
    const members = await tx.rows<{ enrollment: number; timezone: string | null }>(
      sql`SELECT e.id AS enrollment, c.timezone FROM enrollment e JOIN customer c ON c.id = e.customer WHERE ${movingIn(stand.wave)}`,
    )
    const settings = await deps.settings()
    // Few zones, many customers: each zone's answer is worked out once.
    const dues = new Map<string, Date>()
    const dueIn = (zone: string): Date => {
      const due = dues.get(zone) ?? nextLocalTime(stand.at, zone, body.until, body.weekday ?? undefined)
      dues.set(zone, due)
      return due
    }
    const parked = members.map(member => ({
      enrollment: member.enrollment,
      due: dueIn(zoneOf(member.timezone, settings.defaultTimezone).zone),
    }))
    return await parkEach(tx, stand.wave, rest, parked)
  }

  async function beginAwait(tx: Queryable, stand: Stand, instruction: Extract<Instruction, { op: 'await' }>): Promise<number> {
    const awaiting = awaitingAt(stand.published.step(instruction.step).body)
    const targets = hitOf(stand.published.program, instruction.step)
    if (!awaiting || !targets) throw new Error(`step ${instruction.step} is no await`)
    const due = new Date(stand.at.getTime() + milliseconds(awaiting.within))
    for (const on of awaiting.on)
      if ('task' in on) continue
      else if ('message' in on) await nudgeEngaged(tx, movingIn(stand.wave), on.step, engaged[on.message], on.message, stand.at)
      else await nudgeHappened(tx, movingIn(stand.wave), (await ruleContext(tx, stand.at)).eventId(on.event) ?? -1, stand.at)
    // Standing at `miss`, they go on there by themselves when the time is over.
    return await parkWave(tx, stand.wave, { place: targets.miss, step: instruction.step, due, awaiting: true })
  }

  async function fork(tx: Queryable, stand: Stand, instruction: Extract<Instruction, { op: 'fork' }>): Promise<number> {
    const { body } = stand.published.step(instruction.step)
    const division =
      body.kind === 'branch'
        ? { kind: 'branch' as const, ...(await branchCases(tx, stand, body.cases)) }
        : body.kind === 'split'
          ? { kind: 'variant' as const, cases: body.arms.map(arm => sql`e.variant = ${arm}`), names: [...body.arms, 'none'] }
          : body.kind === 'task'
            ? {
                kind: 'branch' as const,
                cases: body.outcomes.map(key => cameOf(instruction.step, key)),
                names: [...body.outcomes, 'else'],
              }
            : null
    if (!division) throw new Error(`step ${instruction.step} does not divide`)
    const ways = await forkWave(tx, stand.wave, { step: instruction.step, to: instruction.to, at: stand.at, ...division })
    return ways.reduce((sum, way) => sum + way.size, 0)
  }

  async function branchCases(tx: Queryable, stand: Stand, cases: readonly Parameters<typeof ruleWhere>[0][]) {
    const context = await ruleContext(tx, stand.at, { few: true })
    return { cases: cases.map(rule => ruleWhere(rule, context)), names: [...cases.map((_, i) => `case ${i + 1}`), 'else'] }
  }

  /** Whether the wave goes on to act (it does not while the run is paused or stopped), once those who leave have left. */
  async function mayAct(tx: Queryable, stand: Stand, place: Place): Promise<boolean> {
    await besideErasures(tx)
    const status = await holdStatus(tx, stand.wave.run)
    if (status === 'paused') await releaseWave(tx, stand.wave, stand.at)
    if (status === 'stopped') await endWave(tx, stand.wave, 'stopped', null, stand.at)
    if (status !== 'running' && status !== 'enrolling') return false
    await leaveFirst(tx, stand, place)
    return true
  }

  return { perform }
}
