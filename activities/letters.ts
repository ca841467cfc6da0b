import { withStopNotice } from '../domain/message/stop-notice.ts'
import type { CompiledLetter } from '../domain/message/template.ts'
import { track } from '../domain/message/tracking.ts'
import type { Settings } from '../domain/settings.ts'
import type { Published } from './versions.ts'

/** Letters as they leave, each made once for what the settings ask to be told of. */
const made = new WeakMap<CompiledLetter, Map<string, CompiledLetter>>()

/** The letter of a message step for a variant: in marketing SMS with room for how to end them, in e-mail its links leading through this server where the settings ask for that. */
export function letterOf(
  published: Published,
  step: number,
  variant: string | null,
  settings: Pick<Settings, 'trackOpens' | 'trackClicks'>,
  publicUrl: string,
): CompiledLetter {
  const compiled = published.letter(step, variant)
  const { body } = published.step(step)
  const { trackOpens: opens, trackClicks: clicks } = settings
  const key = `${opens} ${clicks} ${publicUrl}`
  const known = made.get(compiled) ?? new Map<string, CompiledLetter>()
  made.set(compiled, known)
  const asked = () =>
    body.kind === 'message' && body.channel === 'sms' && body.class === 'marketing'
      ? withStopNotice(compiled)
      : track(compiled, { publicUrl, opens, clicks })
  const letter = known.get(key) ?? asked()
  known.set(key, letter)
  return letter
}
