/** Of the catalogue: what a message prints and customers lack. */
export const lacking = {
  customers: (count: number, of: number, name: string): string =>
    `${count.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} have no ${name} and would be skipped here`,
  events: (count: number, of: number, event: string, name: string): string =>
    `${count.toLocaleString('en-US')} of the newest ${of.toLocaleString('en-US')} "${event}" have no ${name}`,
  notCounted: 'the audience takes too long to count, so nobody knows whom these fields would leave out',
  giveDefaults: 'Give every field a default, or narrow the audience.',
  surveyUrl: 'nobody has a surveyUrl here: only a survey step leads to a question',
  tier: 'who has no tier yet would be skipped here',
  nextTier: 'who stands in the highest tier would be skipped here',
  offer: 'nobody has an offer here: only an offer step before it makes one',
  noEvent: (variable: string): string => `nobody has ${variable}: no event brings customers into this campaign`,
  at: (message: string, line: number, column: number): string => `${message} (line ${line}, column ${column})`,
  writeDefault: (variable: string): string => `Write {{ ${variable} | default: "…" }}, or ask for it in the audience.`,
}
