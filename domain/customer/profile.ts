import { momentOf } from '../segment/moment.ts'
import type { Sentence } from '../texts/texts.ts'
import { isTimeZone } from '../time.ts'
import { emailAddress } from './email.ts'
import { phoneNumber } from './phone.ts'

/** The traits that are a profile's own fields; every other trait is an attribute. */
export const profileFields = ['email', 'phone', 'firstName', 'lastName', 'timezone', 'locale', 'createdAt'] as const
export type ProfileField = (typeof profileFields)[number]

/**
 * What one or several calls change about a profile. `fields` holds the fields that were named (null: emptied), `set` the
 * attributes that get a value, `remove` those that lose theirs.
 */
export interface ProfilePatch {
  fields: Partial<Record<ProfileField, string | null>>
  set: Record<string, unknown>
  remove: string[]
}

/** A field that was given and cannot be read as what it is. */
export interface FieldFault {
  field: ProfileField
  /** What is wrong with it, without its name. */
  says: Sentence
}

type Reading = { value: string | null } | { fault: Sentence }

/** Reads one field as it is kept. `region` is where a phone number without a country code belongs. */
function readField(field: ProfileField, given: unknown, region: string): Reading {
  if (given === null || given === undefined || given === '') return { value: null }
  switch (field) {
    case 'email': {
      const value = typeof given === 'string' ? emailAddress(given) : undefined
      return value ? { value } : { fault: t => t.lines.noEmailField }
    }
    case 'phone': {
      const value = typeof given === 'string' || typeof given === 'number' ? phoneNumber(String(given), region) : undefined
      return value ? { value } : { fault: t => t.lines.noPhoneField(region) }
    }
    case 'timezone': {
      const value = typeof given === 'string' ? zoneName(given) : undefined
      return value ? { value } : { fault: t => t.lines.noZoneField }
    }
    case 'locale': {
      const value = typeof given === 'string' ? localeName(given) : undefined
      return value ? { value } : { fault: t => t.lines.noLocaleField }
    }
    case 'createdAt': {
      const at = momentOf(given)
      return at === undefined ? { fault: t => t.lines.noTimeField } : { value: new Date(at).toISOString() }
    }
    case 'firstName':
    case 'lastName':
      if (typeof given !== 'string' && typeof given !== 'number') return { fault: t => t.lines.noTextField }
      return { value: String(given).trim().slice(0, 1_000) || null }
  }
}

/**
 * Traits as a patch. A field that cannot be read is emptied and its raw value kept as an attribute of the same name, so that
 * nothing is lost and nothing is sent to it; `faults` says which, for callers who rather refuse. `consents` is no attribute.
 */
export function patchOf(traits: Record<string, unknown>, region: string): { patch: ProfilePatch; faults: FieldFault[] } {
  const patch: ProfilePatch = { fields: {}, set: {}, remove: [] }
  const faults: FieldFault[] = []
  for (const [key, value] of Object.entries(traits)) {
    if (key === 'consents') continue
    if (isProfileField(key)) {
      const reading = readField(key, value, region)
      patch.fields[key] = 'fault' in reading ? null : reading.value
      if ('fault' in reading) {
        faults.push({ field: key, says: reading.fault })
        patch.set[key] = value
      } else patch.remove.push(key)
    } else if (value === null || value === undefined) patch.remove.push(key)
    else patch.set[key] = value
  }
  return { patch, faults }
}

export const isProfileField = (key: string): key is ProfileField => (profileFields as readonly string[]).includes(key)

/** The fields and attributes that a patch is about. */
export const namesOf = ({ fields, set, remove }: ProfilePatch): string[] => [
  ...new Set([...Object.keys(fields), ...Object.keys(set), ...remove]),
]

/** One patch that does what two do one after the other. */
export function mergePatches(first: ProfilePatch, then: ProfilePatch): ProfilePatch {
  const set = { ...first.set }
  for (const key of then.remove) delete set[key]
  return {
    fields: { ...first.fields, ...then.fields },
    set: { ...set, ...then.set },
    remove: [...new Set([...first.remove.filter(key => !Object.hasOwn(then.set, key)), ...then.remove])],
  }
}

// Zones and locales are few and asking Intl about one is slow; what a caller may send is not few, so the memory is bounded.
function remembered(read: (text: string) => string | undefined): (text: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  return text => {
    if (known.has(text)) return known.get(text)
    const value = text.length > 100 ? undefined : read(text)
    if (known.size > 2_000) known.clear()
    known.set(text, value)
    return value
  }
}

/** The zone's name in its own spelling; old names stay what they are. */
const zoneName = remembered(text => {
  if (!/^[A-Za-z][\w+/-]*$/.test(text) || !isTimeZone(text)) return undefined
  const resolved = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  return resolved.toLowerCase() === text.toLowerCase() ? resolved : text
})

const localeName = remembered(text => {
  try {
    return Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0]
  } catch {
    return undefined
  }
})
