import { campaignIds, runIds } from '../domain/ids.ts'
import type { WebhookBody } from '../domain/journey/steps/webhook.ts'
import type { Staying } from '../prisma/queries/enrollments.ts'
import { type CallDue, callsDue, prepareCalls, type SettledCall, settleCalls } from '../prisma/queries/webhook-calls.ts'
import type { Act, ActDeps, ActStand, PostOutcome } from './act.ts'
import { inParallel } from './parallel.ts'

/** How long after each failed try the next one comes; after the last the customer goes on without. */
const pauses = [60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000, 6 * 3_600_000]
const callsAtOnce = 16

/** Calls somebody else's server once for each customer, and again while it does not answer well. */
export const actWebhook =
  ({ db, outgoing }: ActDeps): Act<WebhookBody> =>
  async (tx, stand) => {
    await prepareCalls(tx, stand.wave, stand.step, stand.at)
    const due = await callsDue(tx, stand.wave, stand.step)
    if (due.length === 0) return undefined
    return async () => {
      const { url } = stand.compiled.body
      const settled = await inParallel(due, callsAtOnce, async call =>
        settlement(call, await outgoing.post({ url, id: call.id, body: bodyOf(stand, call), at: stand.at }), stand.at),
      )
      await settleCalls(db, settled, stand.step, stand.at)
      return settled.flatMap<Staying>(({ enrollment, nextAt }) => (nextAt ? [{ enrollment, due: nextAt }] : []))
    }
  }

function bodyOf({ published, wave, compiled, at }: ActStand<WebhookBody>, call: CallDue): string {
  return JSON.stringify({
    id: call.id,
    at: at.toISOString(),
    campaign: campaignIds.show(published.campaign),
    run: runIds.show(wave.run),
    goal: compiled.goal,
    step: compiled.id,
    variant: call.variant,
    customer: call.externalId,
    ...(call.event ? { event: call.event } : {}),
    data: compiled.body.data,
  })
}

function settlement({ enrollment, attempts }: CallDue, outcome: PostOutcome, at: Date): SettledCall {
  const base = { enrollment, nextAt: null, code: outcome.code, error: null }
  if (outcome.kind === 'done') return { ...base, status: 'done' }
  const pause = pauses[attempts]
  if (outcome.kind === 'refused' || pause === undefined) return { ...base, status: 'failed', error: outcome.error }
  return { ...base, status: 'queued', error: outcome.error, nextAt: new Date(at.getTime() + pause) }
}
