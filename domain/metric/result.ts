/** Why a number is not defined: one code a case, the same in code, API and documentation. Never 0, never NaN instead. */
export type Reason =
  | 'invalid_input'
  | 'mixed_currency'
  | 'inconsistent_counts'
  | 'no_customers_at_start'
  | 'no_revenue_at_start'
  | 'no_renewals_due'
  | 'no_trials_ended'
  | 'empty_cohort'
  | 'not_matured'
  | 'no_observations'
  | 'survival_zero'
  | 'not_reached'
  | 'beyond_follow_up'
  | 'tau_beyond_follow_up'
  | 'single_group'
  | 'no_events'
  | 'no_orders'
  | 'zero_churn'
  | 'no_acquired'
  | 'no_cac'
  | 'no_answers'
  | 'insufficient_parts'
  | 'too_few_customers'
  | 'no_repeat'
  | 'too_few_repeaters'
  | 'spend_depends_on_frequency'
  | 'no_fit'

export interface Defined {
  value: number
  reason: null
}

export interface Undefined {
  value: null
  reason: Reason
}

/** A metric's answer: an unrounded double, or null with the reason. Rates are percent unless the function says otherwise. */
export type Result = Defined | Undefined

export const defined = (value: number): Defined => ({ value, reason: null })
export const undefinedFor = (reason: Reason): Undefined => ({ value: null, reason })

/** A count or an amount that can be one: finite and not negative. */
export const isAmount = (x: number): boolean => Number.isFinite(x) && x >= 0
