import type { Outcome } from '../channels/channel.ts'
import { paceOf } from '../domain/journey/pace.ts'
import { inReporting } from '../domain/message/cost.ts'
import type { Settings } from '../domain/settings.ts'
import type { Queryable } from '../prisma/client.ts'
import type { LedgerLine } from '../prisma/queries/messages.ts'
import { holdMeter, refundPace, spend } from '../prisma/queries/meter.ts'
import type { Stand } from './stand.ts'

/** What a wave may spend while its verdicts are given. */
export interface Purse {
  left(): { amount: number; spent: number; currency: string } | null
  take(cost: number): void
  /** Stores what was taken, and gives the pace back what did not leave. */
  close(lines: readonly LedgerLine[]): Promise<void>
}

/**
 * Opens the run's purse in the transaction that gives the verdicts. A run with a budget holds its meter until that transaction
 * ends: two waves at once may not both spend the last euro.
 */
export async function openPurse(tx: Queryable, { published, wave: { run } }: Stand, settings: Settings): Promise<Purse> {
  const { budget, perMinute } = published.document.limits
  const amount = budget && (inReporting(budget.amount, budget.currency, settings.currencies) ?? 0)
  const before = amount === undefined ? 0 : (await holdMeter(tx, run)).spent
  let taken = 0
  return {
    left: () => (amount === undefined ? null : { amount, spent: before + taken, currency: settings.currencies.reporting }),
    take: cost => {
      taken += cost
    },
    close: async lines => {
      if (taken > 0) await spend(tx, run, taken, amount !== undefined)
      const stayed = lines.filter(line => line.status !== 'sending').length
      if (perMinute !== undefined && stayed > 0) await refundPace(tx, run, paceOf(stayed, perMinute))
    },
  }
}

/** What a provider clearly did not take costs nothing. */
export async function giveBack(
  tx: Queryable,
  stand: Stand,
  claimed: readonly { line: LedgerLine }[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<void> {
  let amount = 0
  for (const { line } of claimed) {
    const kind = outcomes.get(line.id)?.kind
    if (kind === 'refused' || kind === 'later') amount += line.cost ?? 0
  }
  if (amount > 0) await spend(tx, stand.wave.run, -amount, stand.published.document.limits.budget !== undefined)
}
