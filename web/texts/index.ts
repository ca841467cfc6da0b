import { createContext, use } from 'react'
import { en, type TextKey, type Texts } from './en.ts'

export type { TextKey } from './en.ts'

/** Languages there are; English is loaded with the page, the others when asked for. */
export const languages = { en: 'English', sv: 'Svenska' } as const
export type Language = keyof typeof languages

export const loadTexts = async (language: Language): Promise<Texts> => (language === 'sv' ? (await import('./sv.ts')).sv : en)

type Values = Record<string, string | number>

export interface Words {
  language: Language
  /** A text of the catalogue. `{name}` is filled in; of `one|many` the form is chosen by `n`. */
  t: (key: TextKey, values?: Values) => string
  /** A text of the catalogue by a key that is put together, or `otherwise`. */
  maybe: (key: string, otherwise: string) => string
  number: (value: number, digits?: number) => string
  percent: (fraction: number, digits?: number) => string
  money: (value: number, currency: string) => string
  date: (iso: string | Date) => string
  time: (iso: string | Date) => string
  /** "5 minutes ago". */
  ago: (iso: string, now?: number) => string
}

export function wordsOf(language: Language, texts: Texts): Words {
  // Times and numbers as the reader's own browser writes them, in the page's language.
  const locale = navigator.languages?.find(each => each.startsWith(language)) ?? language
  const plural = new Intl.PluralRules(locale)
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
  const times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  // A minus, not a hyphen, wherever the language writes a hyphen.
  const number: Words['number'] = (value, digits) =>
    (digits === undefined
      ? plain.format(value)
      : new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)
    ).replace('-', '−')
  const t: Words['t'] = (key, values = {}) => {
    const [one, many] = texts[key].split('|')
    const n = values.n
    const form = many !== undefined && typeof n === 'number' && plural.select(n) !== 'one' ? many : one!
    return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name]
      return value === undefined ? whole : typeof value === 'number' ? plain.format(value) : value
    })
  }
  return {
    language,
    t,
    maybe: (key, otherwise) => (key in texts ? t(key as TextKey) : otherwise),
    number,
    percent: (fraction, digits = 1) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits }).format(fraction),
    money: (value, currency) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 2 }).format(value),
    date: iso => days.format(new Date(iso)),
    time: iso => times.format(new Date(iso)),
    ago: (iso, now = Date.now()) => {
      // A clock that is a moment behind does not see into the future.
      const seconds = Math.min(0, Math.round((new Date(iso).getTime() - now) / 1000))
      const sizes = [
        [86_400 * 30, 'month'],
        [86_400, 'day'],
        [3_600, 'hour'],
        [60, 'minute'],
      ] as const
      const [size, unit] = sizes.find(([length]) => Math.abs(seconds) >= length) ?? ([1, 'second'] as const)
      return relative.format(Math.trunc(seconds / size), unit)
    },
  }
}

export const WordsContext = createContext<Words>(wordsOf('en', en))
export const useWords = (): Words => use(WordsContext)
