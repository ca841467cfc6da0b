/** Of the catalogue: what settings cannot mean. */
export const settings = {
  noZone: (zone: string): string => `there is no time zone "${zone}"`,
  noRegion: (region: string): string => `there is no region "${region}"`,
  noCurrency: (code: string): string => `there is no currency "${code}"`,
  endlessQuiet: 'quiet hours that end when they begin would never end; use null for none',
  keptTooShort: 'raw events are kept for 30 days at least, for experiments and scores look at them',
  topicTwice: (key: string): string => `the topic "${key}" stands twice`,
  attributeName: (most: number): string => `an attribute's name has 1 to ${most} characters`,
  tooManyAttributes: (most: number): string => `a customer has at most ${most} attributes`,
}
