import { behind } from './en/behind.ts'
import { campaign } from './en/campaign.ts'
import { everywhere } from './en/everywhere.ts'
import { journey } from './en/journey.ts'
import { people } from './en/people.ts'
import { rules } from './en/rules.ts'
import { running } from './en/running.ts'

/** Every text of the page. `{name}` is filled in; of `one|many` the form is chosen by `n`. */
export const en = {
  ...everywhere,
  ...campaign,
  ...rules,
  ...journey,
  ...running,
  ...people,
  ...behind,
}

export type TextKey = keyof typeof en
export type Texts = Record<TextKey, string>
