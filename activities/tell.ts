import type { Call } from '../domain/customer/call.ts'
import type { Db } from '../prisma/client.ts'
import { ingest } from '../prisma/queries/ingest.ts'
import type { OwnEvent } from './act.ts'

/** Our own events by the way all events come; the runs they concern look by themselves within half a minute. */
export const tellBy =
  (db: Db) =>
  async (events: readonly OwnEvent[]): Promise<void> => {
    const calls = events.map<Call>(({ id, customer, event, properties, at }) => ({
      kind: 'track',
      messageId: `perennial:${id}`,
      customer,
      anonymous: customer.startsWith('anonymous:'),
      at,
      event,
      properties,
      traits: {},
      consents: [],
    }))
    const [first] = events
    if (first) await ingest(db, calls, { receivedAt: first.at, region: 'US' })
  }
