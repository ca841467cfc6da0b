import type { Channel, Envelope, Outcome } from '../channels/channel.ts'
import { addressHash } from '../domain/customer/address-hash.ts'
import type { MessageBody } from '../domain/journey/steps/message.ts'
import type { Queryable } from '../prisma/client.ts'
import { recordConsents } from '../prisma/queries/consents.ts'
import * as ledger from '../prisma/queries/messages.ts'
import { suppress } from '../prisma/queries/suppress.ts'
import { requeue } from '../prisma/queries/uncertain.ts'

/** An unsettled send keeps its customer at the step this long, unless the environment says otherwise; then the journey goes on without it. */
export const uncertainForMs = 15 * 60_000

/** Who stays at the step, and until when. */
export interface Staying {
  enrollment: number
  due: Date
}

/** One customer whose message this attempt has claimed. */
export interface Claimed {
  line: ledger.LedgerLine
  envelope: Envelope
}

/**
 * What an earlier attempt claimed and never settled becomes uncertain and stays, while evidence is looked for (activities/evidence.ts).
 * What nobody could settle in that time is held for people to see and its customer goes on; where the step says so it is queued
 * again instead, and its customer is among those to be sent to.
 */
export async function settleDoubts(
  tx: Queryable,
  people: readonly ledger.Recipient[],
  body: MessageBody,
  at: Date,
  keepMs: number,
): Promise<Staying[]> {
  const staying: Staying[] = []
  const doubted: string[] = []
  const overdue: ledger.Recipient[] = []
  for (const person of people) {
    if (person.message === null) continue
    if (person.status === 'sending') {
      doubted.push(person.message)
      staying.push({ enrollment: person.enrollment, due: new Date(at.getTime() + keepMs) })
    } else if (person.status === 'uncertain') {
      const due = new Date((person.uncertainAt ?? at).getTime() + keepMs)
      if (due > at) staying.push({ enrollment: person.enrollment, due })
      else overdue.push(person)
    }
  }
  if (doubted.length > 0)
    await ledger.doubt(tx, doubted, { why: 'the worker that was sending it died before an answer was stored' }, at)
  if (overdue.length > 0) {
    const ids = overdue.flatMap(person => person.message ?? [])
    if (body.onUncertain === 'hold') await ledger.hold(tx, ids)
    else {
      const again = new Set(await requeue(tx, ids, { why: 'nothing was heard of it, and the step says to send it again then' }))
      for (const person of overdue) if (again.has(person.message ?? '')) person.status = 'queued'
    }
  }
  return staying
}

/** Stores what became of each message of an attempt, and what a provider forbids; answers who stays at the step. */
export async function storeOutcomes(
  tx: Queryable,
  sent: { attempt: string; claimed: readonly Claimed[]; outcomes: ReadonlyMap<string, Outcome>; at: Date },
  how: { channel: Channel; secretKey: string; keepMs: number },
): Promise<Staying[]> {
  const { attempt, claimed, outcomes, at } = sent
  const staying: Staying[] = []
  const each: ledger.Settlement[] = []
  const forbidden: { claimed: Claimed; reason: 'stop' | 'bounce' }[] = []
  // Nearly always a whole batch was accepted under one id: one cheap statement then.
  const accepted = new Map<string | null, string[]>()
  for (const one of claimed) {
    const { line } = one
    const outcome = outcomes.get(line.id)
    if (!outcome) continue
    if (outcome.kind === 'accepted' && outcome.segments === undefined) {
      const key = outcome.providerId ?? null
      const ids = accepted.get(key)
      if (ids) ids.push(line.id)
      else accepted.set(key, [line.id])
      continue
    }
    each.push(settlementOf(line.id, outcome))
    if (outcome.kind === 'refused' && outcome.suppress) forbidden.push({ claimed: one, reason: outcome.suppress })
    const stay = outcome.kind === 'later' ? Math.max(1_000, outcome.afterMs) : outcome.kind === 'unclear' ? how.keepMs : undefined
    if (stay !== undefined) staying.push({ enrollment: line.enrollment, due: new Date(at.getTime() + stay) })
  }
  for (const [providerId, ids] of accepted) await ledger.settleAccepted(tx, attempt, ids, providerId, at)
  if (each.length > 0) await ledger.settleEach(tx, attempt, each, at)
  if (forbidden.length > 0) await forbid(tx, forbidden, how, at)
  return staying
}

/** The provider's word that nothing more may be sent to an address holds for every campaign from here on. */
async function forbid(
  tx: Queryable,
  forbidden: readonly { claimed: Claimed; reason: 'stop' | 'bounce' }[],
  { channel, secretKey }: { channel: Channel; secretKey: string },
  at: Date,
): Promise<void> {
  await suppress(
    tx,
    forbidden.map(({ claimed, reason }) => ({
      channel: channel.kind,
      address: addressHash(secretKey, channel.kind, claimed.envelope.to),
      reason,
      source: channel.provider,
      at,
    })),
  )
  await recordConsents(
    tx,
    forbidden.flatMap(({ claimed, reason }) =>
      reason === 'stop'
        ? [
            {
              customer: claimed.line.customer,
              channel: channel.kind,
              topic: '',
              status: 'unsubscribed' as const,
              source: channel.provider,
              at,
            },
          ]
        : [],
    ),
  )
}

function settlementOf(id: string, outcome: Outcome): ledger.Settlement {
  const base = { id, providerId: null, segments: null, reason: null, evidence: null }
  if (outcome.kind === 'accepted')
    return { ...base, status: 'accepted', providerId: outcome.providerId ?? null, segments: outcome.segments ?? null }
  const evidence = { code: outcome.code, detail: outcome.detail }
  if (outcome.kind === 'refused') return { ...base, status: 'failed', evidence }
  return { ...base, status: outcome.kind === 'later' ? 'queued' : 'uncertain', evidence }
}
