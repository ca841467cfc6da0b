/** Languages that what the server says is written in. The first is the default, and what logs and stored texts are in. */
export const languages = ['en', 'sv'] as const
export type Language = (typeof languages)[number]

const known = (tag: string): Language | undefined =>
  languages.find(language => language === tag.trim().toLowerCase().split('-')[0])

/** The language of a locale such as "sv-FI", or English. */
export const languageOfLocale = (locale: string | null | undefined): Language => known(locale ?? '') ?? 'en'

/** The language a caller would rather read (RFC 9110's Accept-Language); what is unknown or empty is English. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (!acceptLanguage) return 'en'
  const ranked = acceptLanguage
    .slice(0, 400)
    .split(',')
    .map(part => {
      const [tag = '', ...parameters] = part.split(';')
      const q = parameters.map(each => /^\s*q\s*=\s*([\d.]+)\s*$/i.exec(each)?.[1]).find(each => each !== undefined)
      return { language: tag.trim() === '*' ? ('en' as const) : known(tag), q: q === undefined ? 1 : Number(q) }
    })
    .filter(each => each.language !== undefined && each.q > 0)
    .toSorted((a, b) => b.q - a.q)
  return ranked[0]?.language ?? 'en'
}
