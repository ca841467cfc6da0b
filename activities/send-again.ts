import { randomUUID } from 'node:crypto'
import { type Channels, noAnswer } from '../channels/channel.ts'
import type { MessageBody } from '../domain/journey/steps/message.ts'
import { capWindows } from '../domain/message/facts.ts'
import { messageToken } from '../domain/message/token.ts'
import type { Settings } from '../domain/settings.ts'
import type { Db, Queryable } from '../prisma/client.ts'
import { besideErasures } from '../prisma/queries/erase.ts'
import * as ledger from '../prisma/queries/messages.ts'
import { spend } from '../prisma/queries/meter.ts'
import { holdStatus } from '../prisma/queries/runs.ts'
import { type Again, doneAgain, dueAgain, lockCustomerOf, putOff, takeAgain } from '../prisma/queries/send-again.ts'
import { keepShortLinks } from '../prisma/queries/short-links.ts'
import { heartbeat } from './heartbeat.ts'
import { insist } from './insist.ts'
import { openLease } from './lease.ts'
import { letterOf } from './letters.ts'
import { moment } from './moment.ts'
import { holdPromotions } from './promotions.ts'
import { giveBack, openPurse } from './purse.ts'
import { addRewards } from './rewards.ts'
import { type Claimed, storeOutcomes } from './settle.ts'
import type { Stand } from './stand.ts'
import { suppressionsOf } from './suppressions.ts'
import { judge, type Links } from './verdict.ts'
import type { Versions } from './versions.ts'

interface SendAgainDeps {
  db: Db
  versions: Versions
  channels: Channels
  links: Links
  settings(): Promise<Settings>
  keepMs: number
}

const atMost = 100
/** While a run is paused, it is looked at again after so long. */
const pausedForMs = 60_000

/**
 * Sends what a person has asked to be sent a second time, each by itself: whoever it is for may have gone on or left since. The
 * verdict is given anew (erased, suppressed, consent, address, budget, caps, quiet hours), the claim and the outcome are kept as
 * every other's; what became of it is in the ledger. Answers how many left.
 */
export function createSendAgain({ db, versions, channels, links, settings: readSettings, keepMs }: SendAgainDeps) {
  type Stood = { stand: Stand; step: number; body: MessageBody; settings: Settings }
  type Prepared = Stood & { attempt: string; claimed: Claimed }

  /** The verdict and the claim, committed before anything leaves; undefined: nothing leaves now. */
  async function prepare(due: Awaited<ReturnType<typeof dueAgain>>[number], at: Date): Promise<Prepared | undefined> {
    const settings = await readSettings()
    const published = await versions(due.campaign, due.version)
    const { body } = published.step(due.step)
    if (body.kind !== 'message') throw new Error(`step ${due.step} is no message`)
    const { ignoreCaps } = published.document.limits
    const caps = ignoreCaps || body.class === 'transactional' ? [] : capWindows(settings.caps, body.channel, at)
    return await db.transaction(async tx => {
      await besideErasures(tx)
      if (caps.length > 0) await lockCustomerOf(tx, due.message)
      const person = await takeAgain(tx, due.message, caps, body.topic)
      if (!person) return undefined
      const stand: Stand = { published, wave: { run: person.run, wave: 0 }, at }
      const runIs = await holdStatus(tx, person.run)
      if (person.status === 'sending') {
        // Another attempt has it, or died over it: then it is doubtful as every other.
        if (at.getTime() - (person.sendingAt ?? at).getTime() < Math.max(keepMs, 600_000)) return undefined
        await ledger.doubt(
          tx,
          [person.message],
          { why: 'the worker that was sending it again died before an answer was stored' },
          at,
        )
        await doneAgain(tx, person.message, at)
      } else if (person.status !== 'queued' && person.status !== 'deferred') await doneAgain(tx, person.message, at)
      else if (runIs === 'paused') await putOff(tx, person.message, new Date(at.getTime() + pausedForMs))
      else return await claim(tx, person, { stand, step: due.step, body, settings }, caps)
      return undefined
    })
  }

  async function claim(
    tx: Queryable,
    person: Again,
    { stand, step: index, body, settings }: Stood,
    caps: ReturnType<typeof capWindows>,
  ): Promise<Prepared | undefined> {
    const { published, at } = stand
    const attempt = randomUUID()
    const suppressed = await suppressionsOf(tx, links.secretKey, body.channel, [person])
    await holdPromotions(tx, body, [person], suppressed)
    await addRewards(tx, published, person.step, [person], links.secretKey)
    const purse = await openPurse(tx, stand, settings)
    const { line, envelope } = judge({
      person,
      suppression: suppressed.get(person.enrollment),
      body,
      letter: letterOf(published, index, person.variant, settings, links),
      document: published.document,
      settings,
      caps,
      budget: purse.left(),
      at,
      id: person.message,
      token: use => messageToken(links.secretKey, use, person.message),
      links,
    })
    const step = { step: index, version: person.version, run: person.run }
    await ledger.writeLedger(
      tx,
      { ...step, channel: body.channel, class: body.class, topic: body.topic, attempt, at: moment(at) },
      [line],
      { fresh: false },
    )
    if (line.cost) await spend(tx, person.run, line.cost)
    if (line.deferredUntil) await putOff(tx, person.message, line.deferredUntil)
    else if (!envelope) await doneAgain(tx, person.message, at)
    if (!envelope) return undefined
    const claimed = { line, envelope }
    await keepShortLinks(tx, [claimed])
    await ledger.openAttempt(tx, { attempt, ...step }, moment(at))
    return { stand, step: index, body, settings, attempt, claimed }
  }

  async function send({ stand, step, body, settings, attempt, claimed }: Prepared): Promise<void> {
    const channel = channels[body.channel]
    const { letter } = letterOf(stand.published, step, claimed.line.variant, settings, links)
    const lease = openLease(db, attempt, keepMs)
    const [outcome] = await lease.during([claimed], mayBegin =>
      channel.send({
        letter,
        class: body.class,
        ownTracking: settings.trackClicks || settings.trackOpens,
        envelopes: [claimed.envelope],
        at: stand.at.getTime(),
        mayBegin,
      }),
    )
    const outcomes = new Map([[claimed.line.id, outcome ?? noAnswer]])
    await insist(() =>
      db.transaction(async tx => {
        const at = moment(stand.at)
        const [staying] = await storeOutcomes(
          tx,
          { attempt, claimed: [claimed], outcomes, at },
          { channel, secretKey: links.secretKey, keepMs },
        )
        await ledger.closeAttempt(tx, attempt)
        await giveBack(tx, stand, [claimed], outcomes)
        if (outcome?.kind === 'later') await putOff(tx, claimed.line.id, staying?.due ?? at)
        else await doneAgain(tx, claimed.line.id, at)
      }),
    )
  }

  return async function sendAgain(at: Date): Promise<number> {
    let left = 0
    const failures: unknown[] = []
    for (const due of await dueAgain(db, at, atMost)) {
      heartbeat()
      try {
        const prepared = await prepare(due, at)
        if (!prepared) continue
        await send(prepared)
        left++
      } catch (error) {
        // One that cannot be sent keeps no other from it.
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return left
  }
}
