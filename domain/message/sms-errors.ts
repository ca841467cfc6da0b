import { milliseconds } from '../time.ts'

/** What one of a provider's error codes means for a message: never to this number, or later (which is also: our configuration is wrong). */
export type SmsError =
  | { means: 'refused'; why: string; suppress?: 'stop' | 'bounce' }
  | { means: 'later'; why: string; afterMs: number }

const why = 'as TWILIO_ERRORS says'

/**
 * Reads `30003=later:10m, 21408=refused, 30007=bounce`: by code, what it shall mean instead of what it means here. `refused` is for
 * good, `stop` and `bounce` suppress the number too, `later:<duration>` tries again after it. Undefined for what cannot be read.
 */
export function readSmsErrors(text: string): Readonly<Record<number, SmsError>> | undefined {
  const errors: Record<number, SmsError> = {}
  for (const part of text.split(',').map(each => each.trim())) {
    if (part === '') continue
    const [, code, word, duration] = /^(\d{3,6})\s*=\s*(refused|stop|bounce|later)(?::(\d{1,4}[smhd]))?$/.exec(part) ?? []
    if (!code || !word || (word === 'later') !== (duration !== undefined)) return undefined
    if (word === 'later') errors[Number(code)] = { means: 'later', why, afterMs: milliseconds(duration ?? '') }
    else errors[Number(code)] = { means: 'refused', why, ...(word === 'refused' ? {} : { suppress: word as 'stop' | 'bounce' }) }
  }
  return errors
}
