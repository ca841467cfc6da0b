import { check } from './en/check.ts'
import { decision } from './en/decision.ts'
import { edit } from './en/edit.ts'
import { everywhere } from './en/everywhere.ts'
import { fields } from './en/fields.ts'
import { journey } from './en/journey.ts'
import { lacking } from './en/lacking.ts'
import { letters } from './en/letters.ts'
import { lines } from './en/lines.ts'
import { measure } from './en/measure.ts'
import { metrics } from './en/metrics.ts'
import { plan } from './en/plan.ts'
import { problems } from './en/problems.ts'
import { refusals } from './en/refusals.ts'
import { reports } from './en/reports.ts'
import { ruleFaults } from './en/rule-faults.ts'
import { rules } from './en/rules.ts'
import { scores } from './en/scores.ts'
import { settings } from './en/settings.ts'
import { simulation } from './en/simulation.ts'
import { story } from './en/story.ts'
import { templates } from './en/templates.ts'

/** Every sentence the server says, in English. */
export const en = {
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
