import { preferred } from '../accept-language.ts'

/** Languages that what the server says is written in. The first is the default, and what logs and stored texts are in. */
export const languages = ['en', 'sv'] as const
export type Language = (typeof languages)[number]

const known = (tag: string): Language | undefined =>
  tag === '*' ? 'en' : languages.find(language => language === tag.toLowerCase().split('-')[0])

/** The language a caller would rather read (RFC 9110's Accept-Language); what is unknown or empty is English. */
export const languageOf = (acceptLanguage: string | undefined): Language => preferred(acceptLanguage, known) ?? 'en'
