import { churnPrevention } from './churn-prevention.ts'
import { crossSell } from './cross-sell.ts'
import { dividendNotice } from './dividend-notice.ts'
import { earlyAccess } from './early-access.ts'
import { education } from './education.ts'
import { feedback } from './feedback.ts'
import { launch } from './launch.ts'
import { onboarding } from './onboarding.ts'
import { paymentFailed } from './payment-failed.ts'
import { perkNudge } from './perk-nudge.ts'
import { pointsExpiring } from './points-expiring.ts'
import { referral } from './referral.ts'
import { renewal } from './renewal.ts'
import { replenishment } from './replenishment.ts'
import { serviceRecovery } from './service-recovery.ts'
import type { Template } from './template.ts'
import { trialEnding } from './trial-ending.ts'
import { upsell } from './upsell.ts'
import { winBack } from './win-back.ts'

/** Every ready campaign; a new one is one word here. */
export const templates: readonly Template[] = [
  churnPrevention,
  crossSell,
  dividendNotice,
  earlyAccess,
  education,
  feedback,
  launch,
  onboarding,
  paymentFailed,
  perkNudge,
  pointsExpiring,
  referral,
  renewal,
  replenishment,
  serviceRecovery,
  trialEnding,
  upsell,
  winBack,
]
