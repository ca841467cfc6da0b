import { fault, PerennialError } from '../domain/errors.ts'
import { recordAudit } from '../prisma/queries/audit.ts'
import { revokeKey } from '../prisma/queries/keys.ts'
import type { Actor } from './auth.ts'
import type { Deps } from './deps.ts'

/** The number in a key's id (`key_7`); 0 for what is none. */
export const keyNumber = (id: string): number => Number(/^key_([1-9]\d{0,8})$/.exec(id)?.[1] ?? 0)

export const noSuchKey = (id: string) => new PerennialError('notFound', t => t.refusals.noKey(id.slice(0, 40)))

/** Nobody takes their own way in: an owner who did would be locked out. Throws `conflict`. */
export function refuseOwn(actor: Actor, id: string, what: 'takingBack' | 'anotherRole'): void {
  if (actor.keyId === undefined || actor.keyId !== keyNumber(id)) return
  throw new PerennialError('conflict', t => t.refusals.lockYouOut[what], {
    faults: [fault('/params/id', 'ownKey', t => t.refusals.ownKey)],
  })
}

/** Takes a key back: whoever uses it is out at once. Throws `notFound`, or `conflict` for the actor's own. */
export async function takeBack(deps: Deps, actor: Actor, id: string): Promise<void> {
  refuseOwn(actor, id, 'takingBack')
  const at = deps.clock()
  await deps.db.transaction(async tx => {
    if (!(await revokeKey(tx, keyNumber(id), at))) throw noSuchKey(id)
    await recordAudit(tx, { at, actor: actor.name, action: 'key.revoked', target: id })
  })
}
