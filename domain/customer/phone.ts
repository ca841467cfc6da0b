import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min'

/**
 * A phone number in E.164, or undefined when it cannot be one. A number without a country code is read as one of `region`
 * (ISO 3166, two letters). Lengths are checked and number ranges are not: new ranges open faster than tables are updated, and
 * the provider knows best.
 */
export function phoneNumber(text: string, region: string): string | undefined {
  if (text.length > 60) return undefined
  const parsed = parsePhoneNumberFromString(text, {
    extract: false,
    ...(isSupportedCountry(region) ? { defaultCountry: region as CountryCode } : {}),
  })
  return parsed?.isPossible() ? parsed.number : undefined
}
