import { type Language, languageOf } from '../customer/language.ts'
import type { CompiledLetter } from './template.ts'

/** How to end it, as the first marketing SMS to a person says; in the letters of the GSM alphabet, so that no text gets longer for them. */
const notices: Readonly<Record<Language, string>> = {
  en: 'Reply STOP to opt out',
  sv: 'Svara STOPP för att avsluta',
  da: 'Svar STOP for at afmelde',
  de: 'Abmelden: STOPP antworten',
  fr: 'STOP pour ne plus recevoir',
  es: 'Responda STOP para terminar',
}

/** The notice in the language of a locale, in English where we do not speak it. */
export const stopNotice = (locale: string | null): string => notices[languageOf(locale) ?? 'en']

/** Whether a text tells by itself how to end it. */
const tells = /\bstop+\b/i
/** Longest text that a notice still fits beneath. */
const longest = 1_550

/** The SMS with one more open place at its end, filled from the scope's `stopNotice`; one that tells itself how to end it stays as it is. */
export function withStopNotice(compiled: CompiledLetter): CompiledLetter {
  const body = compiled.letter.fields.body
  const constant = (body ?? []).filter(piece => typeof piece === 'string').join(' ')
  if (!body || tells.test(constant) || constant.length > longest) return compiled
  const place = compiled.letter.places
  return {
    letter: { fields: { ...compiled.letter.fields, body: [...body, place] }, places: place + 1 },
    reads: compiled.reads,
    values: scope => {
      const rendered = compiled.values(scope)
      return rendered.ok ? { ok: true, values: [...rendered.values, scope.stopNotice ? `\n${scope.stopNotice}` : ''] } : rendered
    },
  }
}
