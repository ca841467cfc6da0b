type Kind = 'string' | 'number' | 'boolean' | 'array' | 'object'
const kindNames: Record<Kind, string> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}
const kindsIn = (kinds: readonly Kind[]): string => kinds.map(kind => kindNames[kind]).join(' or ')

/** Of the catalogue: what keeps a document from being a rule, or a rule from meaning something. */
export const ruleFaults = {
  tooDeep: (most: number): string => `rules nest at most ${most} deep`,
  tooManyTerms: (most: number): string => `a rule has at most ${most} terms`,
  ownSegments: 'Put parts of it into segments of their own.',
  notARule: (kinds: readonly string[]): string => `a rule is an object with one of the keys ${kinds.join(', ')}`,
  ambiguous: (kinds: readonly string[]): string => `a rule asks one thing, this one asks ${kinds.join(' and ')}`,
  joinThem: 'Join them: {"all": […]}.',
  standsAlone: (kind: string, extra: string | undefined): string => `"${kind}" stands alone: there is no "${extra}" beside it`,
  segmentKey: 'the key of a segment',
  takesList: (kind: string): string => `"${kind}" takes a list of rules`,
  unknownKind: (keys: readonly string[], known: readonly string[]): string =>
    `${keys.length === 0 ? 'an empty rule asks nothing' : `there is no rule "${keys.slice(0, 3).join('", "').slice(0, 200)}"`}; known are ${known.join(', ')}`,
  unknownKey: (key: string): string => `"${key}" is not known here`,
  tooManyExpanded: (most: number): string => `with its segments written out the rule has more than ${most} terms`,
  tooDeepExpanded: (most: number): string => `with its segments written out the rule is more than ${most} deep`,
  fewerSegments: 'Use fewer segments, or simpler ones.',
  tooLarge: 'with its segments written out the rule is too large',
  cycle: (path: readonly string[]): string => `the segment refers to itself: ${path.join(' → ')}`,
  cycleOf: (key: string, path: readonly string[]): string => `the segment "${key}" refers to itself: ${path.join(' → ')}`,
  noSegment: (key: string): string => `there is no segment "${key}"`,
  needsSegment: (of: string | undefined, key: string): string => `"${of}" needs the segment "${key}", which is not there`,
  seeSegments: 'See GET /v1/segments for those there are.',
  listTooLong: (most: number): string => `a list has at most ${most.toLocaleString('en')} entries`,
  tooManyValues: (most: number): string => `a rule has at most ${most.toLocaleString('en')} values`,
  textTooLong: (most: number): string => `a text has at most ${most.toLocaleString('en')} characters`,
  badText: 'the text contains a NUL or half a surrogate pair',
  beyondRetention: (far: string | null, kept: string): string =>
    `looks back ${far ?? 'all time'}, and raw events are kept for ${kept}: only what is left is counted`,
  wrongOperator: (attribute: string, isDate: boolean, operator: string): string =>
    `${attribute} is ${isDate ? 'a date' : 'text'}: "${operator}" cannot compare it`,
  oneOfThese: (names: readonly string[]): string => `Use one of ${names.join(', ')}.`,
  operatorsOfText: 'Use is, in, contains, startsWith or exists.',
  otherKind: (operator: string, wanted: readonly Kind[], attribute: string, seen: readonly Kind[]): string =>
    `"${operator}" compares ${kindsIn(wanted)}, and ${attribute} is ${kindsIn(seen)} wherever it was looked at`,
  someOfOtherKind: (
    operator: string,
    wanted: readonly Kind[],
    attribute: string,
    seen: readonly Kind[],
    percent: number,
  ): string =>
    `"${operator}" compares ${kindsIn(wanted)}, and ${attribute} is ${kindsIn(seen)} in ${percent} % of the values looked at, which it does not match`,
  noRate: (percent: number, event: string, currencies: readonly string[]): string =>
    `${percent} % of the "${event}" looked at are in ${currencies.join(', ')}, which has no rate: what they brought is in no sum`,
  setCurrencies: 'Set "currencies" in the settings; what is stored follows.',
}
