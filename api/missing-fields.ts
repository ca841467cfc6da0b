import type { Campaign } from '../domain/campaign/campaign.ts'
import { type Need, needsOf } from '../domain/campaign/needs.ts'
import { type Fault, fault, PerennialError } from '../domain/errors.ts'
import type { RuleContext } from '../domain/segment/predicate-kind.ts'
import type { Rule } from '../domain/segment/rule.ts'
import type { Sentence } from '../domain/texts/texts.ts'
import { customersLacking, eventsLacking } from '../prisma/queries/preview.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import type { Deps } from './deps.ts'

/**
 * For everything a message prints without a default: how many of those who can reach it lack it, and would be skipped.
 * Fields that nobody lacks are not spoken of; an audience too slow to count gets one warning that says so.
 */
export async function missingFieldWarnings(deps: Deps, campaign: Campaign): Promise<Fault[]> {
  const needs = needsOf(campaign)
  if (needs.length === 0) return []
  const context = await ruleContext(deps.db, deps.clock())
  const warnings: Fault[] = []
  for (const goal of new Set(needs.map(need => need.goal))) {
    const here = needs.filter(need => need.goal === goal && need.steps[0] === 'customer' && need.steps.length > 1)
    if (here.length > 0) warnings.push(...(await ofCustomers(deps, reaching(campaign, goal), context, here)))
  }
  for (const need of needs) if (need.steps[0] === 'surveyUrl') warnings.push(warning(need, t => t.lacking.surveyUrl))
  warnings.push(...ofRewards(needs))
  const ofEvent = needs.filter(need => need.steps[0] === 'event')
  if (ofEvent.length > 0) warnings.push(...(await ofEvents(deps, campaign, context, ofEvent)))
  return warnings
}

/** Who comes to a goal: the audience, its own rule, and no goal before it. */
function reaching({ audience, goals }: Campaign, goal: number): Rule {
  const own = goals[goal]?.when
  const before = goals.slice(0, goal).map((earlier): Rule => ({ not: earlier.when ?? { all: [] } }))
  return { all: [audience, ...(own ? [own] : []), ...before] }
}

async function ofCustomers(deps: Deps, rule: Rule, context: RuleContext, needs: readonly Need[]): Promise<Fault[]> {
  const paths = new Map(needs.map(need => [need.steps.join('.'), need.steps.slice(1)]))
  try {
    const { of, lacking } = await customersLacking(deps.db, rule, context, [...paths.values()])
    const counts = new Map([...paths.keys()].map((path, i) => [path, lacking[i] ?? 0]))
    return needs.flatMap(need => {
      const count = counts.get(need.steps.join('.')) ?? 0
      const name = need.steps.slice(1).join('.')
      return count === 0 ? [] : [warning(need, t => t.lacking.customers(count, of, name))]
    })
  } catch (error) {
    if (!(error instanceof PerennialError) || error.faults[0]?.code !== 'tooSlow') throw error
    return [
      fault(
        needs[0]?.path ?? '',
        'notCounted',
        t => t.lacking.notCounted,
        t => t.lacking.giveDefaults,
      ),
    ]
  }
}

/** Offers are made by the journey; tiers not everybody has. */
function ofRewards(needs: readonly Need[]): Fault[] {
  return needs.flatMap(need => {
    const [root] = need.steps
    if (root === 'tier') return [warning(need, t => t.lacking.tier)]
    if (root === 'nextTier') return [warning(need, t => t.lacking.nextTier)]
    return root === 'offer' ? [warning(need, t => t.lacking.offer)] : []
  })
}

async function ofEvents(deps: Deps, { trigger }: Campaign, context: RuleContext, needs: readonly Need[]): Promise<Fault[]> {
  if (trigger.kind !== 'event') return needs.map(need => warning(need, t => t.lacking.noEvent(need.variable)))
  const name = context.eventId(trigger.event)
  if (name === undefined) return []
  const of = needs.filter(need => need.steps[1] === 'properties' && need.steps.length > 2)
  if (of.length === 0) return []
  const counts = await eventsLacking(
    deps.db,
    name,
    of.map(need => need.steps.slice(2)),
  )
  return of.flatMap((need, i) => {
    const count = counts.lacking[i] ?? 0
    return count === 0
      ? []
      : [warning(need, t => t.lacking.events(count, counts.of, trigger.event, need.steps.slice(2).join('.')))]
  })
}

const warning = (need: Need, message: Sentence): Fault =>
  fault(
    need.path,
    'missingField',
    t => t.lacking.at(message(t), need.line, need.column),
    t => t.lacking.writeDefault(need.variable),
  )
