/** Of the catalogue: what each metric is, in one sentence with its formula. */
export const metrics = {
  bracketed:
    'Of those whose first cohort event lies in the window and for whom the bracket is over, how many came back on any of its days; in percent.',
  churnReasons:
    'Why subscriptions were cancelled in the window: customers by the reason they gave last, with its share in percent.',
  churn: 'Customers lost / customers at the start, in percent. Net: gone at the end. Gross: away at least once meanwhile.',
  clv: 'Customer lifetime value for each customer with an order, by one of four definitions: profit (revenue − cost), totalBusiness (revenue so far), revenueLifespan (revenue a month × months, or ÷ churn), basket (basket × orders a month × months × margin).',
  cohorts:
    'Customers by the month (week, day) of their first cohort event, and how many of them were there in each later one; in percent. A period that is not over is not counted.',
  crr: 'Customer retention rate: (customers at the end − those who came meanwhile) / customers at the start, in percent.',
  csat: 'Customer satisfaction: answers from 4 of 5 (or 6 of 7) up / valid answers, in percent, the latest of each customer.',
  grr: 'Gross revenue retention: of the recurring revenue at the start, what is left of each customer at the end, growth not counted; in percent.',
  leakage: 'Trials that ended without paying / trials that ended in the window, in percent; running trials are not known yet.',
  lifecycle:
    'Customers with an order by their stage at the end of the window, each by the rhythm of their own purchases; by=month gives the stages at the end of each month and how customers moved between them.',
  ltvCac:
    'Lifetime value after margin / cost of winning a customer (all that `cost` says was spent / customers who first ordered in the window); a ratio.',
  nDay: 'Of those whose first cohort event lies in the window and whose day n is over, how many came back on exactly day n; in percent.',
  nps: 'Net promoter score: percent of 9–10 less percent of 0–6 among whole answers 0–10, the latest of each customer.',
  nrr: 'Net revenue retention: recurring revenue at the end of those who paid at the start / theirs at the start, in percent; new customers left out.',
  purchaseFrequency: 'Orders / customers with one or more, in the window; cancelled and refunded orders left out.',
  renewalRate:
    'Contracts renewed / contracts whose term ended in the window and that were renewed, cancelled or ran out, in percent; pending ones left out.',
  repeatRate:
    'Customers with two or more orders / customers with one or more, in percent; cancelled and refunded orders left out.',
  revenueChurn:
    'Recurring revenue lost / recurring revenue at the start, in percent: gross (100 − GRR, default) or net (100 − NRR).',
  rfm: 'Customers by their three scores from 1 to 5 over the orders of the window: how lately, how often, how much; 1 + ⌊5 · (customers strictly worse) / all⌋.',
  survival:
    'Kaplan-Meier: the share that has not ended after so many days, with its 95 % interval; the value is the median in days. Until the subscription ends, or until the second order.',
  unbounded:
    'Of those whose first cohort event lies in the window and whose day n is over, how many came back on day n or later; in percent. Not comparable between cohorts of different age.',
}
