import { z } from 'zod'
import { type Fault, fault, pointer } from '../errors.ts'
import { type ProfilePatch, patchOf, profileFields } from './profile.ts'

/** What an answer about a customer holds beside the profile: sent back with it, it changes nothing. */
const derived = [
  'externalId',
  'anonymous',
  'version',
  'updatedAt',
  'lastSeenAt',
  'account',
  'subscription',
  'consents',
  'events',
] as const

/** A profile as people write it: its own fields, and attributes either in `attributes` or beside the fields. */
export const profileSchema = z
  .looseObject({ attributes: z.record(z.string(), z.unknown()).optional() })
  .meta({ id: 'ProfileChange', description: `The fields ${profileFields.join(', ')}, and attributes; null takes a value away.` })
export type ProfileEdit = z.infer<typeof profileSchema>

const longestKey = 200
const mostAttributes = 1_000

/**
 * The patch that an edit means, or what is wrong with it: a field that cannot be read is refused here, for a person is there to
 * correct it. With `standing`, the attributes that stand now, the edit replaces the profile: what it does not name goes.
 */
export function patchOfEdit(
  edit: ProfileEdit,
  region: string,
  standing?: Record<string, unknown>,
): { patch: ProfilePatch } | { faults: Fault[] } {
  const beside = Object.entries(edit).filter(([key]) => key !== 'attributes' && !derived.some(name => name === key))
  const traits = { ...edit.attributes, ...Object.fromEntries(beside) }
  const long = Object.keys(traits).find(key => key === '' || key.length > longestKey)
  if (long !== undefined) return { faults: [fault('/attributes', 'badKey', t => t.settings.attributeName(longestKey))] }
  if (Object.keys(traits).length > mostAttributes)
    return { faults: [fault('/attributes', 'tooLarge', t => t.settings.tooManyAttributes(mostAttributes))] }
  const { patch, faults } = patchOf(traits, region)
  if (faults.length > 0)
    return {
      faults: faults.map(({ field, says }) =>
        fault(pointer(Object.hasOwn(edit, field) ? [field] : ['attributes', field]), 'invalid', t => `${field} ${says(t)}`),
      ),
    }
  if (!standing) return { patch }
  const gone = Object.keys(standing).filter(key => !Object.hasOwn(patch.set, key))
  const emptied = Object.fromEntries(profileFields.filter(name => name !== 'createdAt').map(name => [name, null]))
  return { patch: { fields: { ...emptied, ...patch.fields }, set: patch.set, remove: [...new Set([...patch.remove, ...gone])] } }
}
