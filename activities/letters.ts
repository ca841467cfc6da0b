import type { CompiledLetter } from '../domain/message/template.ts'
import { track } from '../domain/message/tracking.ts'
import type { Settings } from '../domain/settings.ts'
import type { Published } from './versions.ts'

/** Letters as they leave, each made once for what the settings ask to be told of. */
const made = new WeakMap<CompiledLetter, Map<string, CompiledLetter>>()

/** The letter of a message step for a variant, its links leading through this server where the settings ask for that. */
export function letterOf(
  published: Published,
  step: number,
  variant: string | null,
  settings: Pick<Settings, 'trackOpens' | 'trackClicks'>,
  publicUrl: string,
): CompiledLetter {
  const compiled = published.letter(step, variant)
  const { trackOpens: opens, trackClicks: clicks } = settings
  const key = `${opens} ${clicks} ${publicUrl}`
  const known = made.get(compiled) ?? new Map<string, CompiledLetter>()
  made.set(compiled, known)
  const letter = known.get(key) ?? track(compiled, { publicUrl, opens, clicks })
  known.set(key, letter)
  return letter
}
