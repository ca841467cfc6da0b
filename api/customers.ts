import { z } from 'zod'
import { PerennialError } from '../domain/errors.ts'
import { type CustomerRow, findCustomer, type Surroundings } from '../prisma/queries/customers.ts'
import type { Deps } from './deps.ts'

/** An anonymous one has the name that its device goes by, behind a prefix. */
export const customerParams = z.object({ externalId: z.string().min(1).max(600) })

export const customerSchema = z
  .object({
    externalId: z.string(),
    anonymous: z.boolean(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    timezone: z.string().nullable(),
    locale: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    attributes: z.record(z.string(), z.unknown()),
    version: z.int(),
  })
  .meta({ id: 'Customer' })

export const knownCustomerSchema = customerSchema
  .extend({
    lastSeenAt: z.iso.datetime().nullable(),
    account: z.object({ key: z.string(), traits: z.record(z.string(), z.unknown()) }).nullable(),
    subscription: z.record(z.string(), z.unknown()).nullable(),
    consents: z.array(
      z.object({
        channel: z.string(),
        topic: z.string().optional(),
        status: z.string(),
        source: z.string(),
        at: z.iso.datetime(),
      }),
    ),
    events: z.array(
      z.object({ event: z.string(), count: z.int(), firstAt: z.iso.datetime(), lastAt: z.iso.datetime(), sum: z.number() }),
    ),
  })
  .meta({ id: 'KnownCustomer' })

export const showCustomer = ({ id: _, createdAt, updatedAt, ...row }: CustomerRow): z.infer<typeof customerSchema> => ({
  ...row,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

const iso = (text: string): string => new Date(text).toISOString()

export const showKnown = (row: CustomerRow, known: Surroundings): z.infer<typeof knownCustomerSchema> => ({
  ...showCustomer(row),
  lastSeenAt: known.lastSeenAt?.toISOString() ?? null,
  account: known.account,
  subscription: known.subscription,
  consents: showConsents(known.consents ?? []),
  events: (known.events ?? []).map(each => ({ ...each, firstAt: iso(each.firstAt), lastAt: iso(each.lastAt) })),
})

/** Consents as their readers see them; without a topic it is the whole channel. */
export const showConsents = (
  rows: readonly { channel: string; topic: string; status: string; source: string; at: string | Date }[],
) =>
  rows.map(({ channel, topic, status, source, at }) => ({
    channel,
    ...(topic === '' ? {} : { topic }),
    status,
    source,
    at: new Date(at).toISOString(),
  }))

/** The customer a path names. Throws `notFound`. */
export async function customerOf(deps: Deps, externalId: string): Promise<CustomerRow> {
  const row = await findCustomer(deps.db, externalId)
  if (!row) throw new PerennialError('notFound', t => t.refusals.noCustomer(externalId))
  return row
}

/** A customer as audit and receipts name them: by a number that means nothing without the row. */
export const auditName = (customer: number): string => `customer_${customer}`
