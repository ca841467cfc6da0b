type Scalar = string | number | boolean
const quote = (scalar: Scalar): string => (typeof scalar === 'string' ? `"${scalar}"` : String(scalar))
const list = (values: readonly Scalar[]): string => {
  const shown = values.slice(0, 3).map(quote).join(', ')
  return values.length > 3 ? `${shown} and ${values.length - 3} more` : shown
}

/** Of the catalogue: rules in plain words. Spans of time and ranges come written out. */
export const rules = {
  everybody: 'everybody',
  nobody: 'nobody',
  not: (rule: string): string => `not (${rule})`,
  segment: (key: string): string => `in segment "${key}"`,
  range: { eq: 'exactly', gt: 'more than', gte: 'at least', lt: 'less than', lte: 'at most' },
  last: (span: string): string => `in the last ${span}`,
  compare: {
    is: (scalar: Scalar): string => `is ${quote(scalar)}`,
    isNot: (scalar: Scalar): string => `is not ${quote(scalar)}`,
    in: (values: readonly Scalar[]): string => `is one of ${list(values)}`,
    notIn: (values: readonly Scalar[]): string => `is none of ${list(values)}`,
    gt: (limit: number): string => `is more than ${limit}`,
    gte: (limit: number): string => `is at least ${limit}`,
    lt: (limit: number): string => `is less than ${limit}`,
    lte: (limit: number): string => `is at most ${limit}`,
    contains: (part: string): string => `contains ${quote(part)}`,
    startsWith: (part: string): string => `starts with ${quote(part)}`,
    exists: (wanted: boolean): string => (wanted ? 'is known' : 'is not known'),
    before: (iso: string): string => `is before ${iso}`,
    after: (iso: string): string => `is after ${iso}`,
    withinLast: (span: string): string => `was in the last ${span}`,
    withinNext: (span: string): string => `is in the next ${span}`,
  },
  account: (path: string, compared: string): string => `their account's ${path} ${compared}`,
  churnRisk: (range: string): string => `has a churn risk of ${range}`,
  health: (range: string): string => `has a health of ${range}`,
  superHealthy: (wanted: boolean): string => (wanted ? 'is super-healthy' : 'is not super-healthy'),
  consent: (refused: boolean, channel: string, topic: string | undefined): string =>
    `${refused ? 'has refused' : 'has agreed to'} ${channel}${topic === undefined ? '' : ` on ${topic}`}`,
  did: (event: string, times: string | undefined, filters: string, last: string, sum: string): string =>
    [times === undefined ? 'did' : `did ${times} times`, `"${event}"`, filters && `where ${filters}`, last, sum]
      .filter(Boolean)
      .join(' '),
  total: (property: string, range: string): string => `with a total ${property} of ${range}`,
  inactive: (event: string | undefined, span: string, neverCounts: boolean): string =>
    `${event === undefined ? 'was not seen' : `did not do "${event}"`} for ${span}${neverCounts ? ' or ever' : ''}`,
  stages: { new: 'new', active: 'active', atRisk: 'at risk', lapsed: 'lapsed', wonBack: 'won back' },
  lifecycle: (stages: readonly string[]): string => `is ${stages.join(' or ')}`,
  message: (was: 'sent' | 'delivered' | 'opened' | 'seen' | 'clicked' | 'replied', campaign: string | undefined): string => {
    const which = campaign === undefined ? 'a message' : `a message of ${campaign}`
    return was === 'sent' ? `was sent ${which}` : was === 'delivered' ? `got ${which}` : `${was} ${which}`
  },
  rfm: (part: 'recency' | 'frequency' | 'monetary', range: string): string => `has a ${part} score of ${range}`,
  subscription: (parts: readonly string[]): string => `has a subscription: ${parts.join(', ')}`,
  status: (names: readonly string[]): string => names.join(' or '),
  plan: (names: readonly string[]): string => `on plan ${names.join(' or ')}`,
  paying: (range: string): string => `paying ${range} a month`,
  trialEnds: (span: string): string => `with a trial that ends in the next ${span}`,
  renews: (span: string): string => `renewing in the next ${span}`,
}
