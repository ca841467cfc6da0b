import { randomUUID } from 'node:crypto'
import { type Channels, noAnswer, type Outcome } from '../channels/channel.ts'
import type { Place } from '../domain/journey/step-kind.ts'
import type { MessageBody } from '../domain/journey/steps/message.ts'
import { type CapWindow, capWindows } from '../domain/message/facts.ts'
import type { CompiledLetter } from '../domain/message/template.ts'
import { messageTokens, type TokenUse } from '../domain/message/token.ts'
import type { Settings } from '../domain/settings.ts'
import type { Db, Queryable } from '../prisma/client.ts'
import { endEach, endWave, parkEach, releaseWave, whyLeave } from '../prisma/queries/enrollments.ts'
import { besideErasures } from '../prisma/queries/erase.ts'
import * as ledger from '../prisma/queries/messages.ts'
import { holdStatus } from '../prisma/queries/runs.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { keepShortLinks } from '../prisma/queries/short-links.ts'
import { leaveWhen } from './conditions.ts'
import { timeOrderedIds } from './ids.ts'
import { insist } from './insist.ts'
import { openLease } from './lease.ts'
import { letterOf } from './letters.ts'
import { moment } from './moment.ts'
import { holdPromotions } from './promotions.ts'
import { giveBack, openPurse, type Purse } from './purse.ts'
import { addRewards } from './rewards.ts'
import { type Claimed, type Staying, settleDoubts, storeOutcomes, uncertainForMs } from './settle.ts'
import { goalAt, type Stand } from './stand.ts'
import { suppressionsOf } from './suppressions.ts'
import { judge, type Links } from './verdict.ts'
import type { Versions } from './versions.ts'

export interface MessageStepDeps {
  db: Db
  versions: Versions
  channels: Channels
  links: Links
  settings(): Promise<Settings>
  /** How long a send without a clear answer keeps its customer, in milliseconds. */
  uncertainForMs?: number
}

interface At {
  place: Place
  step: number
}

/** The step that sends: verdicts and claim in one transaction, the provider in between, the outcome in another. */
export function createMessageStep({ db, channels, links, settings: readSettings, ...deps }: MessageStepDeps) {
  const keepMs = deps.uncertainForMs ?? uncertainForMs
  return async function messageStep(
    stand: Stand,
    at: At,
    after: (tx: Queryable) => Promise<Place | null>,
  ): Promise<Place | null> {
    const { body } = stand.published.step(at.step)
    if (body.kind !== 'message') throw new Error(`step ${at.step} is no message`)
    const attempt = randomUUID()
    const lease = openLease(db, attempt, keepMs)
    const prepared = await prepare(stand, at, body, attempt).catch(error => {
      // Another attempt has written in between: what it has claimed is seen now.
      if (ledger.isLineThere(error)) return prepare(stand, at, body, attempt)
      throw error
    })
    if (!prepared) return null
    const outcomes = await lease.during(prepared.claimed, mayBegin => deliver(stand, at.step, body, prepared, mayBegin))
    // The provider has answered: should the database be away for a moment, its answer must not be forgotten.
    return await insist(() =>
      db.transaction(async tx => {
        const later = await storeOutcomes(
          tx,
          { attempt, claimed: prepared.claimed, outcomes, at: moment(stand.at) },
          { channel: channels[body.channel], secretKey: links.secretKey, keepMs },
        )
        if (prepared.claimed.length > 0) await ledger.closeAttempt(tx, attempt)
        await giveBack(tx, stand, prepared.claimed, outcomes)
        const staying = [...prepared.staying, ...later]
        if (staying.length > 0) await parkEach(tx, stand.wave, at, staying)
        return await after(tx)
      }),
    )
  }

  /** Verdicts for everybody and the claim of those to be sent, committed before anything leaves. Undefined: nobody moves on. */
  async function prepare(stand: Stand, at: At, body: MessageBody, attempt: string) {
    const settings = await readSettings()
    const { document } = stand.published
    return await db.transaction(async tx => {
      await besideErasures(tx)
      const status = await holdStatus(tx, stand.wave.run)
      if (status === 'paused') await releaseWave(tx, stand.wave, stand.at)
      if (status === 'stopped') await endWave(tx, stand.wave, 'stopped', null, stand.at)
      if (status !== 'running' && status !== 'enrolling') return undefined
      const context = await ruleContext(tx, stand.at, { few: true })
      const leaves = whyLeave(leaveWhen(stand.published, goalAt(stand.published, at.place), context))
      const caps =
        document.limits.ignoreCaps || body.class === 'transactional' ? [] : capWindows(settings.caps, body.channel, stand.at)
      if (caps.length > 0) await ledger.lockCustomers(tx, stand.wave)
      const letters = Object.keys(body.contents).map(variant => letterOf(stand.published, at.step, variant, settings, links))
      const reads: CompiledLetter['reads'] = (name, field) => letters.some(letter => letter.reads(name, field))
      const everybody = await ledger.recipients(tx, stand.wave, { step: at.step, ...body, reads }, caps, leaves)
      const leaving = everybody.filter(person => person.leaves !== null)
      if (leaving.length > 0) await endEach(tx, stand.wave, leaving, stand.at)
      const people = leaving.length > 0 ? everybody.filter(person => person.leaves === null) : everybody
      const staying = await settleDoubts(tx, people, body, moment(stand.at), keepMs)
      const purse = await openPurse(tx, stand, settings)
      const { lines, fresh, envelopes, deferred } = await verdicts(tx, stand, at, body, settings, caps, purse, people)
      staying.push(...deferred)
      await purse.close(lines)
      if (lines.length === 0) return { claimed: [], staying, settings }
      const held = await ledger.writeLedger(
        tx,
        {
          run: stand.wave.run,
          version: stand.published.version,
          step: at.step,
          channel: body.channel,
          class: body.class,
          topic: body.topic,
          attempt,
          at: moment(stand.at),
        },
        lines,
        { fresh },
      )
      const claimed = held === 'all' ? envelopes : envelopes.filter(one => held.has(one.line.id))
      await keepShortLinks(tx, claimed)
      if (claimed.length > 0)
        await ledger.openAttempt(
          tx,
          { attempt, run: stand.wave.run, version: stand.published.version, step: at.step },
          moment(stand.at),
        )
      return { claimed, staying, settings }
    })
  }

  async function verdicts(
    tx: Queryable,
    stand: Stand,
    at: At,
    body: MessageBody,
    settings: Settings,
    caps: readonly CapWindow[],
    purse: Purse,
    people: readonly ledger.Recipient[],
  ) {
    const open = people.filter(person => person.status === null || person.status === 'queued' || person.status === 'deferred')
    const suppressed = await suppressionsOf(tx, links.secretKey, body.channel, open)
    await holdPromotions(tx, body, open, suppressed)
    await addRewards(tx, stand.published, at.step, open, links.secretKey)
    const fresh = timeOrderedIds(stand.at.getTime(), open.length)
    const ids = open.map((person, i) => person.message ?? fresh[i] ?? randomUUID())
    const tokens = tokensOf(links.secretKey, ids)
    const letters = new Map<string | null, CompiledLetter>()
    const letterFor = (variant: string | null) => {
      const letter = letters.get(variant) ?? letterOf(stand.published, at.step, variant, settings, links)
      letters.set(variant, letter)
      return letter
    }
    const lines: ledger.LedgerLine[] = []
    const envelopes: Claimed[] = []
    const deferred: Staying[] = []
    open.forEach((person, i) => {
      const { line, envelope } = judge({
        person,
        suppression: suppressed.get(person.enrollment),
        body,
        letter: letterFor(person.variant),
        document: stand.published.document,
        settings,
        caps,
        budget: purse.left(),
        at: stand.at,
        id: ids[i] ?? '',
        token: use => tokens(use, i),
        links,
      })
      lines.push(line)
      purse.take(line.cost ?? 0)
      if (envelope) envelopes.push({ line, envelope })
      else if (line.deferredUntil) deferred.push({ enrollment: line.enrollment, due: line.deferredUntil })
    })
    return { lines, fresh: open.every(person => person.message === null), envelopes, deferred }
  }

  /** Hands the claimed messages to the channel, one letter for each variant; answers each one's outcome by message id. */
  async function deliver(
    stand: Stand,
    step: number,
    body: MessageBody,
    { claimed, settings }: { claimed: readonly Claimed[]; settings: Settings },
    mayBegin: () => boolean,
  ): Promise<Map<string, Outcome>> {
    const channel = channels[body.channel]
    const outcomes = new Map<string, Outcome>()
    for (const [variant, ones] of byVariant(claimed, '' in body.contents)) {
      const { letter } = letterOf(stand.published, step, variant, settings, links)
      const parts = Array.from({ length: Math.ceil(ones.length / channel.maxBatch) }, (_, i) =>
        ones.slice(i * channel.maxBatch, (i + 1) * channel.maxBatch),
      )
      // The channel keeps its own pace, whatever it is given at once.
      await Promise.all(
        parts.map(async part => {
          const answers = await channel.send({
            letter,
            class: body.class,
            ownTracking: settings.trackClicks || settings.trackOpens,
            envelopes: part.map(one => one.envelope),
            at: stand.at.getTime(),
            mayBegin,
          })
          part.forEach((one, i) => {
            outcomes.set(one.line.id, answers[i] ?? noAnswer)
          })
        }),
      )
    }
    return outcomes
  }
}

/** The tokens of many messages, by use and their place among them: all of a use are made when the first is asked for. */
function tokensOf(secretKey: string, ids: readonly string[]): (use: TokenUse, i: number) => string {
  const made = new Map<TokenUse, string[]>()
  return (use, i) => {
    const known = made.get(use) ?? messageTokens(secretKey, use, ids)
    made.set(use, known)
    return known[i] ?? ''
  }
}

/** Claimed messages by the variant whose letter they get; one letter for all when the content is the same for everybody. */
function byVariant(claimed: readonly Claimed[], same: boolean): Map<string, Claimed[]> {
  const groups = new Map<string, Claimed[]>()
  for (const one of claimed) {
    const key = same ? '' : (one.line.variant ?? '')
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return groups
}
