import { addressHash } from '../domain/customer/address-hash.ts'
import type { MessageBody } from '../domain/journey/steps/message.ts'
import type { Queryable } from '../prisma/client.ts'
import * as ledger from '../prisma/queries/messages.ts'
import { addressOf } from './verdict.ts'

/** Who of these may not be written to at their address, whoever it belongs to by now. By enrollment. */
export async function suppressionsOf(
  tx: Queryable,
  secretKey: string,
  channel: MessageBody['channel'],
  people: readonly ledger.Recipient[],
): Promise<Map<number, { reason: string; at: Date }>> {
  const found = new Map<number, { reason: string; at: Date }>()
  if (channel === 'inApp' || !(await ledger.anySuppressed(tx, channel))) return found
  const hashes = people.map(person => {
    const address = addressOf(channel, person)
    return address === null ? null : addressHash(secretKey, channel, address)
  })
  const rows = await ledger.suppressedAmong(
    tx,
    channel,
    hashes.filter(hash => hash !== null),
  )
  const byHash = new Map(rows.map(row => [row.address.toString('hex'), row]))
  people.forEach((person, i) => {
    const row = byHash.get(hashes[i]?.toString('hex') ?? '')
    if (row) found.set(person.enrollment, { reason: row.reason, at: row.at })
  })
  return found
}
