import type { Campaign } from '../domain/campaign/campaign.ts'
import { checkCampaign, type Findings } from '../domain/campaign/check.ts'
import { faultIn, PerennialError } from '../domain/errors.ts'
import { segmentRules } from '../prisma/queries/campaigns.ts'
import { readSettings } from '../prisma/queries/settings.ts'
import type { Deps } from './deps.ts'

/** Checks a document against this installation: its segments, topics and postal address. */
export async function findingsOf(deps: Deps, document: Campaign): Promise<Findings> {
  const [segments, settings] = await Promise.all([segmentRules(deps.db), readSettings(deps.db, deps.config)])
  return checkCampaign(document, {
    segment: key => segments.get(key),
    topics: settings.topics.map(topic => topic.key),
    postalAddress: settings.postalAddress || null,
    money: settings,
  })
}

/** Refuses a document that cannot mean anything, naming every fault in it. */
export async function refuseProblems(deps: Deps, document: Campaign): Promise<Findings> {
  const findings = await findingsOf(deps, document)
  const [first] = findings.problems
  if (first) {
    const more = findings.problems.length - 1
    throw new PerennialError('unprocessable', t => t.fields.first(first.path, faultIn(first, t).message, more), {
      faults: findings.problems,
    })
  }
  return findings
}
