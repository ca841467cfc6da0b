import type { Routes } from '../deps.ts'
import { attributes } from './attributes.ts'
import { audit } from './audit.ts'
import { campaigns } from './campaigns.ts'
import { customerHistory } from './customer-history.ts'
import { customers } from './customers.ts'
import { edit } from './edit.ts'
import { explain } from './explain.ts'
import { health } from './health.ts'
import { imports } from './imports.ts'
import { inbox } from './inbox.ts'
import { ingestion } from './ingest.ts'
import { keys } from './keys.ts'
import { ledger } from './ledger.ts'
import { loyalty } from './loyalty.ts'
import { messages } from './messages.ts'
import { metrics } from './metrics.ts'
import { offers } from './offers.ts'
import { outbox } from './outbox.ts'
import { page } from './page.ts'
import { people } from './people.ts'
import { planning } from './planning.ts'
import { preview } from './preview.ts'
import { results } from './results.ts'
import { rewards } from './rewards.ts'
import { runVersions } from './run-versions.ts'
import { runs } from './runs.ts'
import { scores } from './scores.ts'
import { segments } from './segments.ts'
import { session } from './session.ts'
import { settings } from './settings.ts'
import { testSend } from './settings-test-send.ts'
import { simulation } from './simulate.ts'
import { stream } from './stream.ts'
import { suppressions } from './suppressions.ts'
import { surveys } from './surveys.ts'
import { tasks } from './tasks.ts'
import { team } from './team.ts'
import { templates } from './templates.ts'
import { tracking } from './tracking.ts'
import { webhookSecretRoute } from './webhook-secret.ts'
import { webhooks } from './webhooks.ts'

/** Every file of routes; a new one is one line here. */
export const routes: readonly Routes[] = [
  health,
  keys,
  ingestion,
  imports,
  settings,
  segments,
  customers,
  customerHistory,
  suppressions,
  audit,
  campaigns,
  runs,
  messages,
  ledger,
  explain,
  preview,
  inbox,
  outbox,
  page,
  session,
  stream,
  metrics,
  webhooks,
  people,
  tracking,
  planning,
  results,
  scores,
  simulation,
  templates,
  webhookSecretRoute,
  edit,
  tasks,
  offers,
  loyalty,
  surveys,
  rewards,
  runVersions,
  team,
  attributes,
  testSend,
]
