import type { Texts } from './en.ts'
import { behind } from './sv/behind.ts'
import { campaign } from './sv/campaign.ts'
import { everywhere } from './sv/everywhere.ts'
import { journey } from './sv/journey.ts'
import { people } from './sv/people.ts'
import { rules } from './sv/rules.ts'
import { running } from './sv/running.ts'

/** Swedish, whole. */
export const sv: Texts = {
  ...everywhere,
  ...campaign,
  ...rules,
  ...journey,
  ...running,
  ...people,
  ...behind,
}
