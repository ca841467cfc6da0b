import type { EngagementKind } from './delivery.ts'

/** What answers an awaited engagement: who clicked has opened too, who opened was reached. */
export const answered: Readonly<Record<EngagementKind, readonly EngagementKind[]>> = {
  delivered: ['delivered', 'opened', 'clicked', 'replied', 'seen'],
  opened: ['opened', 'clicked', 'replied'],
  seen: ['seen', 'clicked', 'opened'],
  clicked: ['clicked'],
  replied: ['replied'],
}
