import type { MessageBody } from '../domain/journey/steps/message.ts'
import type { Queryable } from '../prisma/client.ts'
import type { Recipient } from '../prisma/queries/messages.ts'
import { anyPromotionsHeld, promotionsHeld } from '../prisma/queries/tasks.ts'

/** While somebody of ours looks after a customer who is not content, nothing is advertised to them. Adds to what forbids it. */
export async function holdPromotions(
  tx: Queryable,
  body: MessageBody,
  people: readonly Recipient[],
  forbidden: Map<number, { reason: string; at: Date }>,
): Promise<void> {
  if (body.class !== 'marketing' || people.length === 0 || !(await anyPromotionsHeld(tx))) return
  const held = await promotionsHeld(
    tx,
    people.map(person => person.customer),
  )
  const since = new Map(held.map(row => [row.customer, row.at]))
  for (const person of people) {
    const at = since.get(person.customer)
    if (at && !forbidden.has(person.enrollment)) forbidden.set(person.enrollment, { reason: 'lowScore', at })
  }
}
