import type { Call } from '../domain/customer/call.ts'
import type { Db } from '../prisma/client.ts'
import { ingest } from '../prisma/queries/ingest.ts'
import type { OwnEvent } from './act.ts'

/** Tells runs by their numbers that something happened for them; never fails, for a run looks by itself within half a minute. */
export type Ring = (runs: readonly number[]) => void

/** Our own events by the way all events come; the runs they concern are rung as soon as the events stand. */
export const tellBy =
  (db: Db, ring: Ring = () => {}) =>
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
    if (!first) return
    const { rings } = await ingest(db, calls, { receivedAt: first.at, region: 'US' })
    ring(rings)
  }
