import { foldSubscription, type Subscription, type SubscriptionEvent } from '../../domain/customer/subscription.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

const columns = sql`customer, status, plan, mrr, currency, trial_ends_at AS "trialEndsAt", renews_at AS "renewsAt",
  started_at AS "startedAt", cancelled_at AS "cancelledAt", reason, changed_at AS "changedAt", told`

/** Folds events into what each customer pays for, in the order in which they happened. The caller has locked the customers. */
export async function foldSubscriptions(
  tx: Queryable,
  events: readonly (SubscriptionEvent & { customer: number })[],
): Promise<void> {
  if (events.length === 0) return
  const customers = [...new Set(events.map(event => event.customer))]
  const known = await tx.rows<Subscription & { customer: number }>(
    sql`SELECT ${columns} FROM subscription WHERE customer = ANY(${customers}::int[])`,
  )
  const folded = new Map<number, Subscription>(known.map(({ customer, ...rest }) => [customer, rest]))
  for (const event of events.toSorted((a, b) => a.at.getTime() - b.at.getTime()))
    folded.set(event.customer, foldSubscription(folded.get(event.customer), event))
  const rows = [...folded].map(([customer, subscription]) => ({ customer, ...subscription }))
  await tx.run(sql`
    INSERT INTO subscription (customer, status, plan, mrr, currency, trial_ends_at, renews_at, started_at, cancelled_at, reason, changed_at, told)
    SELECT customer, status, plan, mrr, currency, "trialEndsAt", "renewsAt", "startedAt", "cancelledAt", reason, "changedAt", told
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS s (customer int, status text, plan text, mrr float8, currency text,
      "trialEndsAt" timestamptz(3), "renewsAt" timestamptz(3), "startedAt" timestamptz(3), "cancelledAt" timestamptz(3), reason text, "changedAt" timestamptz(3), told jsonb)
    ORDER BY customer
    ON CONFLICT (customer) DO UPDATE SET status = excluded.status, plan = excluded.plan, mrr = excluded.mrr, currency = excluded.currency,
      trial_ends_at = excluded.trial_ends_at, renews_at = excluded.renews_at, started_at = excluded.started_at,
      cancelled_at = excluded.cancelled_at, reason = excluded.reason, changed_at = excluded.changed_at,
      told = excluded.told`)
}
