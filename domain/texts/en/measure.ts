/** Of the catalogue: what an experiment is read by, and what is said of the numbers. Spans of time come written out. */
export const measure = {
  names: {
    conversion: (): string => 'conversion',
    retention: (from: string, to: string): string => `retention from ${from} to ${to}`,
    revenue: (): string => 'revenue per customer',
    churn: (within: string): string => `churn within ${within}`,
    unsubscribes: (): string => 'unsubscribes',
    complaints: (): string => 'complaints',
  },
  success: (event: string, filters: string, within: string): string => `“${event}”${filters && ` (${filters})`} within ${within}`,
  noSuccess: 'no goal of this campaign says what success is',
  conversion: (said: readonly string[]): string =>
    `customers with ${said.join(' or ')} of entering ÷ customers who entered that long ago`,
  retention: (event: string, from: string, to: string): string =>
    `customers with “${event}” from ${from} to ${to} after entering ÷ customers who entered at least ${to} ago`,
  revenue: (event: string, windows: readonly string[], cap?: number): string =>
    `sum of “${event}” within ${windows.join(' or ')} of entering${cap === undefined ? '' : `, at most ${cap} a customer,`} ÷ customers who entered that long ago, those without an order included`,
  takesNo: (kind: string, option: string): string => `${kind} knows no “${option}”`,
  leaveOut: (option: string): string => `Leave “${option}” out, or ask for a metric that has it.`,
  churnOfSubscriptions: (within: string): string =>
    `customers whose subscription ran when they entered and did not ${within} later ÷ customers whose subscription ran when they entered that long ago`,
  churnOfOrders: (event: string, within: string): string =>
    `customers without “${event}” within ${within} of entering ÷ customers who entered that long ago`,
  unsubscribes: (within: string): string =>
    `customers who unsubscribed a channel within ${within} of entering ÷ customers who entered that long ago`,
  complaints: (within: string): string =>
    `customers who complained about a message within ${within} of entering ÷ customers who entered that long ago`,
  population:
    'Everybody enrolled, in the arm they were assigned to, sent or not; who entered more than once counts once, by the first stay in the runs looked at.',
  curve: {
    minute: {
      subscription: 'Kaplan-Meier: the share whose subscription has not been cancelled, by whole minutes since entering.',
      event: 'Kaplan-Meier: the share who have not yet had the event, by whole minutes since entering.',
    },
    hour: {
      subscription: 'Kaplan-Meier: the share whose subscription has not been cancelled, by whole hours since entering.',
      event: 'Kaplan-Meier: the share who have not yet had the event, by whole hours since entering.',
    },
    day: {
      subscription: 'Kaplan-Meier: the share whose subscription has not been cancelled, by whole days since entering.',
      event: 'Kaplan-Meier: the share who have not yet had the event, by whole days since entering.',
    },
  },
  exploratory:
    'Members as of now, and one of many possible divisions: a difference found here is a question for the next experiment, not an answer.',
}
