import { preferred } from '../accept-language.ts'

/** The languages in which this server itself speaks to people: its pages, the answers to STOP, the notice beneath an SMS. */
export const languages = ['en', 'sv', 'da', 'de', 'fr', 'es'] as const
export type Language = (typeof languages)[number]

/** The language that a locale such as `sv-SE` or `de_AT` begins with, where we speak it. */
export function languageOf(locale: string | null | undefined): Language | undefined {
  const tag = /^[a-z]{2,3}(?![a-z])/.exec((locale ?? '').trim().toLowerCase())?.[0]
  return languages.find(language => language === tag)
}

/** What a profile says about the language of its person: their locale, else an attribute `language`, as a locale. */
export const localeOf = (person: { locale?: string | null; attributes?: Record<string, unknown> }): string | null => {
  const language = person.attributes?.language
  return person.locale ?? (typeof language === 'string' ? language : null)
}

/** The language a browser would rather read, of those we speak. */
export const acceptedLanguage = (header: string | undefined): Language | undefined => preferred(header, languageOf)
