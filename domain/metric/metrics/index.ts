import { bracketed } from './bracketed.ts'
import { churn } from './churn.ts'
import { churnReasons } from './churn-reasons.ts'
import { clv } from './clv.ts'
import { cohorts } from './cohorts.ts'
import { crr } from './crr.ts'
import { csat } from './csat.ts'
import { grr } from './grr.ts'
import { leakage } from './leakage.ts'
import { lifecycle } from './lifecycle.ts'
import { ltvCac } from './ltv-cac.ts'
import { nDay } from './n-day.ts'
import { nps } from './nps.ts'
import { nrr } from './nrr.ts'
import { purchaseFrequency } from './purchase-frequency.ts'
import { renewalRate } from './renewal-rate.ts'
import { repeatRate } from './repeat-rate.ts'
import { revenueChurn } from './revenue-churn.ts'
import { rfm } from './rfm.ts'
import { survival } from './survival.ts'
import { unbounded } from './unbounded.ts'

/** Every metric. A new one is its own file and one word here. */
export const metrics = [
  crr,
  churn,
  revenueChurn,
  grr,
  nrr,
  nDay,
  bracketed,
  unbounded,
  survival,
  repeatRate,
  purchaseFrequency,
  clv,
  nps,
  csat,
  renewalRate,
  ltvCac,
  lifecycle,
  rfm,
  cohorts,
  leakage,
  churnReasons,
] as const
