import type { fields as english } from '../en/fields.ts'
import type { FieldIssue } from '../field.ts'

const types: Record<string, string> = {
  string: 'en text',
  number: 'ett tal',
  int: 'ett heltal',
  boolean: 'sant eller falskt',
  array: 'en lista',
  object: 'ett objekt',
  record: 'ett objekt',
  date: 'ett datum',
  null: 'null',
  nan: 'inget tal',
}
const typeOf = (name: string): string => types[name] ?? name
const typed = (value: unknown): string =>
  typeOf(value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isNaN(value) ? 'nan' : typeof value)
const formats: Record<string, string> = {
  email: 'en e-postadress',
  url: 'en webbadress',
  datetime: 'ett datum med tid (ISO 8601)',
  date: 'ett datum (ISO 8601)',
  time: 'en tid (ISO 8601)',
  uuid: 'ett UUID',
  regex: 'den form som väntas här',
}
const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value))
const units: Record<string, string> = { string: 'tecken', array: 'poster', set: 'poster', map: 'poster' }

interface Details extends FieldIssue {
  expected?: string
  values?: readonly unknown[]
  origin?: string
  minimum?: number | bigint
  maximum?: number | bigint
  inclusive?: boolean
  format?: string
  divisor?: number
  keys?: readonly string[]
}

/** What zod found, from the facts of its issue. */
function standard(issue: Details): string {
  const unit = units[issue.origin ?? ''] ?? ''
  switch (issue.code) {
    case 'invalid_type': {
      const expected = typeOf(issue.expected ?? '')
      return issue.input === undefined ? `saknas: här väntas ${expected}` : `här väntas ${expected}, inte ${typed(issue.input)}`
    }
    case 'invalid_value': {
      const values = (issue.values ?? []).map(shown)
      return values.length === 1 ? `här väntas ${values[0]}` : `här väntas en av: ${values.join(', ')}`
    }
    case 'too_big':
      return `får vara ${issue.inclusive === false ? 'mindre än' : 'högst'} ${issue.maximum} ${unit}`.trim()
    case 'too_small':
      return `måste vara ${issue.inclusive === false ? 'mer än' : 'minst'} ${issue.minimum} ${unit}`.trim()
    case 'invalid_format':
      return `här väntas ${formats[issue.format ?? ''] ?? issue.format}`
    case 'not_multiple_of':
      return `måste vara en multipel av ${issue.divisor}`
    case 'unrecognized_keys':
      return `det finns inget fält ${(issue.keys ?? []).join(', ')} här`
    case 'invalid_union':
      return 'har ingen av de former som väntas här'
    case 'invalid_key':
      return 'har en ogiltig nyckel'
    default:
      return 'ogiltigt värde'
  }
}

export const fields: typeof english = {
  standard,
  unknownField: key => `det finns inget fält ${key} här`,
  body: 'begärans innehåll',
  first: (path, message, more) => `${path}: ${message}${more > 0 ? ` (och ${more} till)` : ''}`,
  notValid: 'Begäran är inte giltig.',
  currency: 'en ISO 4217-kod såsom "EUR"',
  key: 'bokstäver a–z, siffror, "-" och "_", högst 64',
  offerKey: 'bokstäver a–z, siffror, ".", "_" och "-", högst 100',
  eitherSideNotBoth: 'antingen "before" eller "after", inte båda',
  eitherSide: 'antingen "before" eller "after"',
  isoTime: 'måste vara en tid enligt ISO 8601, till exempel 2026-11-24T09:30:00Z',
  isoDate: 'ett ISO-datum, till exempel "2026-01-31" eller "2026-01-31T09:00:00+01:00"',
  isoDateUtc: 'ett ISO-datum eller en tid, till exempel "2026-01-31" eller "2026-01-31T09:00:00Z"',
  someone: 'antingen userId eller anonymousId måste säga vem det gäller',
  timeOfDay: 'en tid på dygnet skrivs som "09:00"',
  localTime: 'en lokal tid såsom "09:00"',
  threeLetters: 'en valuta är tre stora bokstäver, till exempel "EUR"',
  twoLetters: 'en region är två stora bokstäver, till exempel "DE"',
  onePartCounts: 'minst en del måste räknas',
  duration: 'en varaktighet är ett tal och en av s, m, h, d, w, till exempel "3d"',
  tenYears: 'högst tio år',
  awaits: 'väntar på {"event": …, "where"?} eller {"message": "opened|clicked|replied|seen|delivered", "step"?}',
  waits: 'en väntan har antingen "for" (en varaktighet) eller "until" (en lokal tid)',
  weekday: '"weekday" hör ihop med "until"',
  noCredentials: 'utan namn och lösenord',
  pointsOrPercent: 'antingen "points" eller "percent" av köpet som förde in kunden',
  htmlOrMjml: 'ett e-postmeddelande behöver html eller mjml',
  atLeastOneOf: names => `behöver minst en av ${names.join(', ')}`,
  nameOrList: 'ett namn eller en lista med namn',
  oneOfOrList: names => `en av ${names.join(', ')}, eller en lista av dem`,
  scalar: 'en text, ett tal, true eller false',
  campaignId: 'ett kampanj-id, till exempel "cmp_7"',
  path: 'namn som skiljs åt med punkter, till exempel "address.city"; högst tio',
  wholeNumber: 'måste vara ett heltal',
  number: 'måste vara ett tal',
  atLeastOne: 'minst 1',
  atMost500: 'högst 500',
  groupBy: 'day, week, month, plan eller sökvägen till ett attribut, med punkter',
  versionNumber: 'numret på en version',
  decisionNumber: 'numret på ett beslut',
  twoDurations: 'två varaktigheter, till exempel "7d-14d"',
  unknownTrigger: (kind, known) => `det finns ingen utlösare "${kind}"; kända är ${known.join(', ')}`,
  unknownStepKind: (kind, known) => `det finns inget stegslag "${kind}"; kända är ${known.join(', ')}`,
}
