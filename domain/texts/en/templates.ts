/** Of the catalogue: what ready campaigns are called, and when each fits. */
export const templates = {
  'churn-prevention': {
    name: 'Churn prevention on falling use',
    description:
      'For paying customers whose risk of leaving has risen: help first, a person second. Nothing is sold to them here.',
  },
  'cross-sell': {
    name: 'Cross-sell after a purchase',
    description: 'A week after an order: what goes with it, to those who have not bought it meanwhile.',
  },
  'dividend-notice': {
    name: 'Dividend notice',
    description:
      'Tells members of a cooperative or holders of shares what is paid out to them and when. Owed to them, so it is no marketing.',
  },
  'early-access': {
    name: 'Early access',
    description: 'Lets your best customers in before everybody else, and asks them what they think.',
  },
  education: { name: 'Education series', description: 'One lesson a week, on Tuesday mornings where the customer lives.' },
  feedback: {
    name: 'Feedback: recommendation score',
    description:
      'Asks whether the customer would recommend us; a low score opens a task for a person, a high one asks for a review.',
  },
  launch: { name: 'Product launch', description: 'One announcement to everybody, once again to those who did not open it.' },
  onboarding: {
    name: 'Onboarding series',
    description:
      'Three letters in the first week: the first step at once, help for who has not taken it, and what others do next.',
  },
  'payment-failed': {
    name: 'Payment failed',
    description: 'Asks for another card at once, again after three days, and hands over to a person after a week.',
  },
  'perk-nudge': {
    name: 'Perk nudge',
    description: 'Reminds customers of a benefit they pay for and have not used in two months.',
  },
  'points-expiring': {
    name: 'Points expiring, tier near',
    description: 'Tells who has points that expire what they are good for, and congratulates who reaches another tier.',
  },
  referral: {
    name: 'Referral',
    description: 'Asks those who would recommend you to do so, and rewards them when a friend comes.',
  },
  renewal: {
    name: 'Renewal notice',
    description:
      'Two weeks before a subscription renews: what it brought, what it costs, how to change it. Owed to the customer, so it is no marketing.',
  },
  replenishment: {
    name: 'Replenishment',
    description: 'When what was bought runs out: a reminder, unless it was bought again before.',
  },
  'service-recovery': {
    name: 'Service recovery',
    description: 'When something went wrong: an apology at once, a person within a day, and points only when it was put right.',
  },
  'trial-ending': {
    name: 'Trial ending',
    description:
      'Three days before a trial ends: what was achieved, then what would be lost. Whoever converts before never gets it.',
  },
  upsell: {
    name: 'Upsell to the super-healthy',
    description: 'For customers who get most out of what they have: the next plan, once a quarter at most.',
  },
  'win-back': {
    name: 'Win-back',
    description:
      'For customers who have fallen silent for a month: first a reason to return, then an offer that expires. A holdout shows what it is worth.',
  },
}
