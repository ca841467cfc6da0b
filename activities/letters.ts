import { shorten } from '../domain/message/short-links.ts'
import { withStopNotice } from '../domain/message/stop-notice.ts'
import type { CompiledLetter } from '../domain/message/template.ts'
import { track } from '../domain/message/tracking.ts'
import type { Settings } from '../domain/settings.ts'
import type { Links } from './verdict.ts'
import type { Published } from './versions.ts'

/** Letters as they leave, each made once for what the settings ask to be told of. */
const made = new WeakMap<CompiledLetter, Map<string, CompiledLetter>>()

/**
 * The letter of a message step for a variant: in marketing SMS with room for how to end them; its links leading through this server
 * where the settings ask for that, in an SMS as short ones.
 */
export function letterOf(
  published: Published,
  step: number,
  variant: string | null,
  settings: Pick<Settings, 'trackOpens' | 'trackClicks'>,
  links: Links,
): CompiledLetter {
  const compiled = published.letter(step, variant)
  const { body } = published.step(step)
  const { trackOpens: opens, trackClicks: clicks } = settings
  const key = `${opens} ${clicks} ${links.publicUrl}`
  const known = made.get(compiled) ?? new Map<string, CompiledLetter>()
  made.set(compiled, known)
  const asked = () => {
    if (body.kind !== 'message' || body.channel !== 'sms') return track(compiled, { ...links, opens, clicks })
    const noticed = body.class === 'marketing' ? withStopNotice(compiled) : compiled
    return clicks ? shorten(noticed, links) : noticed
  }
  const letter = known.get(key) ?? asked()
  known.set(key, letter)
  return letter
}
