/** Of the catalogue: how large an experiment has to be. */
export const plan = {
  singleArm: 'There is only one arm, so there is nothing to compare it with.',
  nameEffect: 'Name the smallest effect worth finding: without one, no number of customers is enough.',
  cannotChange: 'The rate cannot change by as much as the smallest effect named.',
  tooSmall: (needed: number, audience: number): string =>
    `About ${needed.toLocaleString('en-US')} customers are needed to find an effect this small, but the audience has ${audience.toLocaleString('en-US')}: this experiment will probably end without an answer.`,
  needs: (needed: number, days: number | null): string =>
    `About ${needed.toLocaleString('en-US')} customers are needed to find an effect this small${days === null ? '' : `, in about ${days.toLocaleString('en-US')} days`}.`,
  tooFewPast: (mean: boolean, has: number, needs: number): string =>
    `Too few customers have a past to know the ${mean ? 'spread of revenue' : 'base rate'} from (${has} of at least ${needs}).`,
  sendDeviation: 'Send "standardDeviation".',
  sendBaseRate: 'Send "baseRate".',
}
