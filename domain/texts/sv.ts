import { check } from './sv/check.ts'
import { decision } from './sv/decision.ts'
import { edit } from './sv/edit.ts'
import { everywhere } from './sv/everywhere.ts'
import { fields } from './sv/fields.ts'
import { journey } from './sv/journey.ts'
import { lacking } from './sv/lacking.ts'
import { letters } from './sv/letters.ts'
import { lines } from './sv/lines.ts'
import { measure } from './sv/measure.ts'
import { metrics } from './sv/metrics.ts'
import { plan } from './sv/plan.ts'
import { problems } from './sv/problems.ts'
import { refusals } from './sv/refusals.ts'
import { reports } from './sv/reports.ts'
import { ruleFaults } from './sv/rule-faults.ts'
import { rules } from './sv/rules.ts'
import { scores } from './sv/scores.ts'
import { settings } from './sv/settings.ts'
import { simulation } from './sv/simulation.ts'
import { story } from './sv/story.ts'
import { templates } from './sv/templates.ts'
import type { Texts } from './texts.ts'

/** Every sentence the server says, in Swedish. */
export const sv: Texts = {
  everywhere,
  problems,
  decision,
  edit,
  fields,
  journey,
  measure,
  ruleFaults,
  rules,
  check,
  metrics,
  scores,
  templates,
  refusals,
  settings,
  lacking,
  lines,
  plan,
  simulation,
  reports,
  letters,
  story,
}
