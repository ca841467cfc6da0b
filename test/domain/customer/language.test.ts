import { describe, expect, test } from 'vitest'
import { acceptedLanguage, languageOf, localeOf } from '../../../domain/customer/language.ts'

describe('a language', () => {
  test.each([
    ['sv-SE', 'sv'],
    ['de_AT', 'de'],
    ['FR', 'fr'],
    ['es-419', 'es'],
    ['den', undefined],
    ['svenska', undefined],
    ['nb-NO', undefined],
    ['', undefined],
    [null, undefined],
  ])('of %j is %s', (locale, language) => {
    expect(languageOf(locale)).toBe(language)
  })

  test.each([
    ['sv-SE,sv;q=0.9,en;q=0.8', 'sv'],
    ['nb-NO, de;q=0.5, fr;q=0.7', 'fr'],
    ['en;q=0, da', 'da'],
    ['*', undefined],
    [';;q=,,;q=x', undefined],
    [undefined, undefined],
  ])('asked for with %j is %s', (header, language) => {
    expect(acceptedLanguage(header)).toBe(language)
  })

  test('is told by the locale, else by an attribute', () => {
    expect(localeOf({ locale: 'sv-SE', attributes: { language: 'de' } })).toBe('sv-SE')
    expect(localeOf({ locale: null, attributes: { language: 'de' } })).toBe('de')
    expect(localeOf({ attributes: { language: 7 } })).toBeNull()
  })
})
