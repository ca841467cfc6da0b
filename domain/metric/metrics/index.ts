import { churn } from './churn.ts'
import { crr } from './crr.ts'
import { purchaseFrequency } from './purchase-frequency.ts'
import { repeatRate } from './repeat-rate.ts'

/** Every metric. A new one is its own file and one word here. */
export const metrics = [crr, churn, repeatRate, purchaseFrequency] as const
