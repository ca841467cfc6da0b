import type { ruleFaults as english } from '../en/rule-faults.ts'

type Kind = 'string' | 'number' | 'boolean' | 'array' | 'object'
const kindNames: Record<Kind, string> = {
  string: 'text',
  number: 'ett tal',
  boolean: 'sant eller falskt',
  array: 'en lista',
  object: 'ett objekt',
}
const kindsIn = (kinds: readonly Kind[]): string => kinds.map(kind => kindNames[kind]).join(' eller ')

const whole = (n: number): string => n.toLocaleString('sv')

export const ruleFaults: typeof english = {
  tooDeep: most => `regler får ligga högst ${most} nivåer djupt`,
  tooManyTerms: most => `en regel har högst ${most} villkor`,
  ownSegments: 'Lägg delar av den i egna segment.',
  notARule: kinds => `en regel är ett objekt med en av nycklarna ${kinds.join(', ')}`,
  ambiguous: kinds => `en regel frågar en sak, den här frågar ${kinds.join(' och ')}`,
  joinThem: 'Foga ihop dem: {"all": […]}.',
  standsAlone: (kind, extra) => `"${kind}" står ensamt: det finns inget "${extra}" bredvid det`,
  segmentKey: 'nyckeln till ett segment',
  takesList: kind => `"${kind}" tar en lista med regler`,
  unknownKind: (keys, known) =>
    `${keys.length === 0 ? 'en tom regel frågar ingenting' : `det finns ingen regel "${keys.slice(0, 3).join('", "').slice(0, 200)}"`}; kända är ${known.join(', ')}`,
  unknownKey: key => `"${key}" är inte känt här`,
  tooManyExpanded: most => `med sina segment utskrivna har regeln fler än ${most} villkor`,
  tooDeepExpanded: most => `med sina segment utskrivna är regeln djupare än ${most} nivåer`,
  fewerSegments: 'Använd färre segment, eller enklare.',
  tooLarge: 'med sina segment utskrivna är regeln för stor',
  cycle: path => `segmentet hänvisar till sig självt: ${path.join(' → ')}`,
  cycleOf: (key, path) => `segmentet "${key}" hänvisar till sig självt: ${path.join(' → ')}`,
  noSegment: key => `det finns inget segment "${key}"`,
  needsSegment: (of, key) => `"${of}" behöver segmentet "${key}", som inte finns`,
  seeSegments: 'Se GET /v1/segments för dem som finns.',
  listTooLong: most => `en lista har högst ${whole(most)} poster`,
  tooManyValues: most => `en regel har högst ${whole(most)} värden`,
  textTooLong: most => `en text har högst ${whole(most)} tecken`,
  badText: 'texten innehåller NUL eller ett halvt surrogatpar',
  beyondRetention: (far, kept) =>
    `ser ${far ?? 'hela tiden'} tillbaka, och råa händelser sparas i ${kept}: bara det som finns kvar räknas`,
  wrongOperator: (attribute, isDate, operator) =>
    `${attribute} är ${isDate ? 'ett datum' : 'text'}: "${operator}" kan inte jämföra det`,
  oneOfThese: names => `Använd en av ${names.join(', ')}.`,
  operatorsOfText: 'Använd is, in, contains, startsWith eller exists.',
  otherKind: (operator, wanted, attribute, seen) =>
    `"${operator}" jämför ${kindsIn(wanted)}, och ${attribute} är ${kindsIn(seen)} överallt där det setts`,
  someOfOtherKind: (operator, wanted, attribute, seen, percent) =>
    `"${operator}" jämför ${kindsIn(wanted)}, och ${attribute} är ${kindsIn(seen)} i ${percent.toLocaleString('sv')} % av värdena som setts, som det inte träffar`,
  noRate: (percent, event, currencies) =>
    `${percent.toLocaleString('sv')} % av "${event}" som setts är i ${currencies.join(', ')}, som saknar kurs: det de gav finns inte i någon summa`,
  setCurrencies: 'Ange "currencies" i inställningarna; det som är lagrat följer med.',
}
