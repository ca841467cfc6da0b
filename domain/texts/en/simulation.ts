/** Of the catalogue: what a simulation takes for granted. */
export const simulation = {
  share: (customers: number, of: number): string =>
    `${customers} of ${of} customers were simulated, an even share; multiply the counts with sample.scale.`,
  playedBack: (minutes: number): string =>
    `What happened is played back in steps of ${minutes} min: events, their counts, last activity and subscriptions, profiles, consents, suppressions, tasks that hold advertising and the points at the beginning are those of then; who was not known yet comes when they came.`,
  asOfToday:
    'Of these nothing older is kept: scores, accounts, the rules of segments and suppressions lifted since are those of today. What other campaigns sent counts for caps as far as it was sent before.',
  nobodyActs: 'Nobody does anything meanwhile: nothing is bought, opened or clicked, and every provider accepts.',
  rivals: 'Who stands in another campaign of the group stays there, unless this one is the more important.',
}
