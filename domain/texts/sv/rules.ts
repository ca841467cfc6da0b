import type { rules as english } from '../en/rules.ts'

type Scalar = string | number | boolean
const number = (n: number): string => String(n).replace('.', ',')
const quote = (scalar: Scalar): string =>
  typeof scalar === 'string' ? `"${scalar}"` : typeof scalar === 'number' ? number(scalar) : scalar ? 'sant' : 'falskt'
const list = (values: readonly Scalar[]): string => {
  const shown = values.slice(0, 3).map(quote).join(', ')
  return values.length > 3 ? `${shown} och ${values.length - 3} till` : shown
}
const was = {
  sent: 'skickades',
  delivered: 'fick',
  opened: 'öppnade',
  seen: 'såg',
  clicked: 'klickade i',
  replied: 'svarade på',
}
const parts = { recency: 'aktualitet', frequency: 'frekvens', monetary: 'belopp' }
const statuses: Record<string, string> = {
  trialing: 'på prov',
  active: 'aktiv',
  cancelled: 'avslutad',
  pastDue: 'obetald',
  expired: 'utgången',
  paused: 'pausad',
}
const channels: Record<string, string> = { email: 'e-post', sms: 'sms', inApp: 'meddelanden i appen' }

export const rules: typeof english = {
  everybody: 'alla',
  nobody: 'ingen',
  not: rule => `inte (${rule})`,
  segment: key => `i segmentet "${key}"`,
  range: { eq: 'exakt', gt: 'mer än', gte: 'minst', lt: 'mindre än', lte: 'högst' },
  last: span => `under de senaste ${span}`,
  compare: {
    is: scalar => `är ${quote(scalar)}`,
    isNot: scalar => `är inte ${quote(scalar)}`,
    in: values => `är en av ${list(values)}`,
    notIn: values => `är ingen av ${list(values)}`,
    gt: limit => `är mer än ${number(limit)}`,
    gte: limit => `är minst ${number(limit)}`,
    lt: limit => `är mindre än ${number(limit)}`,
    lte: limit => `är högst ${number(limit)}`,
    contains: part => `innehåller ${quote(part)}`,
    startsWith: part => `börjar med ${quote(part)}`,
    exists: wanted => (wanted ? 'är känt' : 'är okänt'),
    before: iso => `är före ${iso}`,
    after: iso => `är efter ${iso}`,
    withinLast: span => `var under de senaste ${span}`,
    withinNext: span => `är inom de närmaste ${span}`,
  },
  account: (path, compared) => `kontots ${path} ${compared}`,
  churnRisk: range => `har en bortfallsrisk på ${range}`,
  health: range => `har en hälsa på ${range}`,
  superHealthy: wanted => (wanted ? 'är superfrisk' : 'är inte superfrisk'),
  consent: (refused, channel, topic) =>
    `har ${refused ? 'tackat nej till' : 'tackat ja till'} ${channels[channel] ?? channel}${topic === undefined ? '' : ` om ${topic}`}`,
  did: (event, times, filters, last, sum) =>
    [times === undefined ? 'gjorde' : `gjorde ${times} gånger`, `"${event}"`, filters && `där ${filters}`, last, sum]
      .filter(Boolean)
      .join(' '),
  total: (property, range) => `med sammanlagt ${property} på ${range}`,
  inactive: (event, span, neverCounts) =>
    `${event === undefined ? 'har inte setts' : `har inte gjort "${event}"`} på ${span}${neverCounts ? ' eller någonsin' : ''}`,
  stages: { new: 'ny', active: 'aktiv', atRisk: 'i riskzonen', lapsed: 'förlorad', wonBack: 'återvunnen' },
  lifecycle: stages => `är ${stages.join(' eller ')}`,
  message: (happened, campaign) =>
    `${was[happened]} ${campaign === undefined ? 'ett meddelande' : `ett meddelande från ${campaign}`}`,
  rfm: (part, range) => `har ett betyg för ${parts[part]} på ${range}`,
  subscription: said => `har en prenumeration: ${said.join(', ')}`,
  status: names => names.map(name => statuses[name] ?? name).join(' eller '),
  plan: names => `i planen ${names.join(' eller ')}`,
  paying: range => `betalar ${range} i månaden`,
  trialEnds: span => `med en provperiod som tar slut inom ${span}`,
  renews: span => `förnyas inom ${span}`,
}
