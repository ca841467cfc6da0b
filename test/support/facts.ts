import { readCall } from '../../domain/customer/call.ts'
import type { Db } from '../../prisma/client.ts'
import { ingest } from '../../prisma/queries/ingest.ts'

/** A track call as a test writes it: who, what, when, with what. */
export type Fact = readonly [customer: string, event: string, at: string | Date, properties?: Record<string, unknown>]

/** Stores facts as the API would, in batches. */
export async function tell(db: Db, facts: readonly Fact[], receivedAt = new Date('2030-01-01T00:00:00Z')): Promise<void> {
  const calls = facts.map(([userId, event, at, properties = {}]) => {
    const timestamp = at instanceof Date ? at.toISOString() : at
    const call = readCall(
      {
        type: 'track',
        userId,
        anonymousId: undefined,
        event,
        properties,
        timestamp,
        messageId: undefined,
        sentAt: undefined,
      } as never,
      { at: receivedAt },
    )
    if ('path' in call) throw new Error(call.message)
    return call
  })
  for (let i = 0; i < calls.length; i += 1_000) await ingest(db, calls.slice(i, i + 1_000), { receivedAt, region: 'US' })
}
