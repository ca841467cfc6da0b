import { PerennialError } from '../domain/errors.ts'
import { recordAudit } from '../prisma/queries/audit.ts'
import { revokeKey } from '../prisma/queries/keys.ts'
import type { Actor } from './auth.ts'
import type { Deps } from './deps.ts'

/** The number in a key's id (`key_7`); 0 for what is none. */
export const keyNumber = (id: string): number => Number(/^key_([1-9]\d{0,8})$/.exec(id)?.[1] ?? 0)

export const noSuchKey = (id: string) => new PerennialError('notFound', `There is no key ${id.slice(0, 40)} that holds.`)

/** Nobody takes their own way in: an owner who did would be locked out. Throws `conflict`. */
export function refuseOwn(actor: Actor, id: string, what: string): void {
  if (actor.keyId === undefined || actor.keyId !== keyNumber(id)) return
  throw new PerennialError('conflict', `This is the key you use yourself: ${what} would lock you out. Another owner can.`, {
    faults: [{ path: '/params/id', code: 'ownKey', message: 'this is the key you use yourself' }],
  })
}

/** Takes a key back: whoever uses it is out at once. Throws `notFound`, or `conflict` for the actor's own. */
export async function takeBack(deps: Deps, actor: Actor, id: string): Promise<void> {
  refuseOwn(actor, id, 'taking it back')
  const at = deps.clock()
  await deps.db.transaction(async tx => {
    if (!(await revokeKey(tx, keyNumber(id), at))) throw noSuchKey(id)
    await recordAudit(tx, { at, actor: actor.name, action: 'key.revoked', target: id })
  })
}
