/** Of the catalogue: what campaigns changed together and side by side. */
export const reports = {
  definition: (window: string, active: string): string =>
    `Active: at least one “${active}” in a window of ${window}. CRR and churn (net) over those active in the window before; repeat rate: ≥ 2 “Order Completed” of those with ≥ 1; CLV by revenueLifespan: revenue per active customer and window ÷ churn. Rates are percent, differences fractions.`,
  days: (days: number): string => `${days} days`,
  noGlobalHoldout:
    'No global holdout is set, so nothing says what would happen without any campaign: set "globalHoldout" in the settings.',
  emptyGroup: 'One of the two groups is empty, so there is nothing to compare.',
  everybodyKnown: (share: number): string =>
    `Everybody known before the window, by the hash that holds ${(100 * share).toFixed(1)} % out of all campaigns.`,
  tainted: (contacted: number): string =>
    `${contacted} of the held out were written to in this time all the same (they had entered before), which makes the difference look smaller than it is.`,
  nobodyBefore: (window: string): string =>
    `Nobody entered ${window} or longer ago, so there is no time after to compare with the time before.`,
  noHoldout: 'This campaign has no holdout: before and after tell what changed, not what the campaign changed.',
  onlyDifference: 'The holdout tells what would have changed anyway; only the difference to it is the campaign.',
}
