import { type Fault, fault, pointer } from '../errors.ts'
import type { CheckContext, Step } from '../journey/step-kind.ts'
import { pathId } from '../journey/step-kind.ts'
import { stepKinds } from '../journey/steps/index.ts'
import { inReporting } from '../message/cost.ts'
import { checkRule, type Rule } from '../segment/rule.ts'
import type { Settings } from '../settings.ts'
import { milliseconds } from '../time.ts'
import { type Campaign, variantsOf } from './campaign.ts'
import { triggerKinds } from './triggers/index.ts'

/** What a document is checked against: the rest of the installation. */
export interface Surroundings {
  segment(key: string): Rule | undefined
  topics: readonly string[]
  postalAddress: string | null
  money: Pick<Settings, 'prices' | 'currencies'>
}

export interface Findings {
  /** Nothing is stored or launched while one of these stands. */
  problems: Fault[]
  warnings: Fault[]
}

export const maxSteps = 200
export const maxDepth = 20

const under = (path: string, faults: readonly Fault[]): Fault[] => faults.map(fault => ({ ...fault, path: path + fault.path }))

/** Checks what the schema cannot: names that must exist, ids that must be unique, contents that must hold. */
export function checkCampaign(campaign: Campaign, surroundings: Surroundings): Findings {
  const problems: Fault[] = []
  const warnings: Fault[] = []
  const checked = (rule: Rule) => checkRule(rule, { segment: key => surroundings.segment(key) })
  const variants = variantsOf(campaign).map(variant => variant.key)

  problems.push(...under('/audience', checked(campaign.audience)))
  if (campaign.exit) problems.push(...under('/exit', checked(campaign.exit)))
  const trigger = triggerKinds[campaign.trigger.kind]
  problems.push(
    ...under(
      '/trigger',
      trigger.check?.(campaign.trigger, { segmentExists: key => surroundings.segment(key) !== undefined }) ?? [],
    ),
  )

  problems.push(
    ...repeated(
      campaign.goals.map(goal => goal.key),
      i => `/goals/${i}/key`,
      'goal',
    ),
  )
  problems.push(...checkExperiment(campaign))
  problems.push(...checkBudget(campaign, surroundings.money))

  const ids = new Set<string>()
  let steps = 0
  let marketing = false
  campaign.goals.forEach((goal, g) => {
    if (goal.when) problems.push(...under(`/goals/${g}/when`, checked(goal.when)))
    if (!goal.when && g < campaign.goals.length - 1)
      warnings.push(
        fault(
          `/goals/${g}`,
          'catchesAll',
          t => t.check.catchesAll(goal.key),
          t => t.check.putLast,
        ),
      )
    if (goal.journey.length === 0)
      warnings.push(
        fault(
          `/goals/${g}/journey`,
          'emptyJourney',
          t => t.check.emptyJourney(goal.key),
          t => t.check.addStep,
        ),
      )
    if (!goal.success)
      warnings.push(
        fault(
          `/goals/${g}`,
          'noSuccess',
          t => t.check.noSuccess(goal.key),
          t => t.check.addSuccess,
        ),
      )

    const visit = (list: readonly Step[], path: readonly (string | number)[], depth: number, before: readonly string[]) => {
      let messages = before
      list.forEach((step, i) => {
        const at = [...path, i]
        const where = pointer(['goals', g, 'journey', ...at])
        steps++
        const id = step.id ?? pathId(goal.key, at)
        if (ids.has(id))
          problems.push(
            fault(
              `${where}/id`,
              'repeatedId',
              t => t.check.repeatedId(id),
              t => t.check.uniqueIds,
            ),
          )
        ids.add(id)
        if (depth > maxDepth)
          problems.push(
            fault(
              where,
              'tooDeep',
              t => t.check.tooDeep(maxDepth),
              t => t.check.ownCampaign,
            ),
          )
        const speaks = step.kind === 'message' || step.kind === 'survey'
        if (speaks && step.class === 'marketing') marketing = true
        const context: CheckContext = {
          variants,
          messagesBefore: messages,
          topics: surroundings.topics,
          postalAddress: surroundings.postalAddress,
          checkRule: checked,
        }
        problems.push(...under(where, stepKinds[step.kind].check?.(step, context) ?? []))
        if (speaks) messages = [...messages, id]
        if (depth <= maxDepth)
          for (const [name, children] of stepKinds[step.kind].lists(step)) visit(children, [...at, ...name], depth + 1, messages)
      })
    }
    visit(goal.journey, [], 1, [])
  })
  if (steps > maxSteps)
    problems.push(
      fault(
        '/goals',
        'tooManySteps',
        t => t.check.tooManySteps(steps, maxSteps),
        t => t.check.divide,
      ),
    )
  if (marketing && campaign.limits.quietHours === 'ignore')
    problems.push(
      fault(
        '/limits/quietHours',
        'marketingAtNight',
        t => t.check.marketingAtNight,
        t => t.check.useRespect,
      ),
    )
  if (marketing && campaign.limits.globalHoldout === 'ignore')
    problems.push(
      fault(
        '/limits/globalHoldout',
        'marketingToHoldout',
        t => t.check.marketingToHoldout,
        t => t.check.useRespect,
      ),
    )
  return { problems, warnings }
}

function checkExperiment(campaign: Campaign): Fault[] {
  const experiment = campaign.experiment
  if (!experiment) return []
  const at = '/experiment'
  const faults = repeated(
    experiment.variants.map(variant => variant.key),
    i => `${at}/variants/${i}/key`,
    'variant',
  )
  experiment.variants.forEach((variant, i) => {
    if (variant.key === 'holdout')
      faults.push(
        fault(
          `${at}/variants/${i}/key`,
          'reserved',
          t => t.check.reserved,
          t => t.check.anotherKey,
        ),
      )
  })
  if (experiment.variants.every(variant => variant.weight === 0))
    faults.push(fault(`${at}/variants`, 'noWeight', t => t.check.noWeight))
  if (experiment.metric.kind !== 'revenue' && experiment.minimumEffect > 1)
    faults.push(
      fault(
        `${at}/minimumEffect`,
        'tooLarge',
        t => t.check.shareAboveAll,
        t => t.check.pointsAsFraction,
      ),
    )
  if (experiment.metric.kind === 'retention') {
    const [from, to] = experiment.metric.bracket
    if (milliseconds(from) >= milliseconds(to))
      faults.push(
        fault(
          `${at}/metric/bracket`,
          'emptyBracket',
          t => t.check.emptyBracket(from, to),
          t => t.check.shorterFirst,
        ),
      )
  }
  return faults
}

function repeated(keys: readonly string[], path: (i: number) => string, what: 'goal' | 'variant'): Fault[] {
  return keys.flatMap((key, i) =>
    keys.indexOf(key) < i
      ? [
          fault(
            path(i),
            'repeatedKey',
            t => t.check.repeatedKey(what, key),
            t => t.check.uniqueKeys,
          ),
        ]
      : [],
  )
}

/** What validates but does not run yet: a launch is refused with these. */
export function notRunnable(campaign: Campaign): Fault[] {
  const faults: Fault[] = []
  if (!triggerKinds[campaign.trigger.kind].runs)
    faults.push(fault('/trigger/kind', 'notBuilt', t => t.check.triggerNotBuilt(campaign.trigger.kind)))
  campaign.goals.forEach((goal, g) => {
    const visit = (list: readonly Step[], path: readonly (string | number)[]) =>
      list.forEach((step, i) => {
        if (!stepKinds[step.kind].runs)
          faults.push(fault(pointer([...path, i, 'kind']), 'notBuilt', t => t.check.stepNotBuilt(step.kind)))
        for (const [name, children] of stepKinds[step.kind].lists(step)) visit(children, [...path, i, ...name])
      })
    visit(goal.journey, ['goals', g, 'journey'])
  })
  return faults
}

/** A budget means something only where the settings say what messages cost, in a currency they can convert. */
function checkBudget({ limits: { budget } }: Campaign, { prices, currencies }: Surroundings['money']): Fault[] {
  if (!budget) return []
  const faults: Fault[] = []
  if (inReporting(budget.amount, budget.currency, currencies) === undefined)
    faults.push(
      fault(
        '/limits/budget/currency',
        'unknownCurrency',
        t => t.check.noRate(budget.currency, currencies.reporting),
        t => t.check.setRate(budget.currency, currencies.reporting),
      ),
    )
  if (Object.values(prices).every(price => price === 0))
    faults.push(
      fault(
        '/limits/budget',
        'noPrices',
        t => t.check.noPrices,
        t => t.check.setPrices,
      ),
    )
  return faults
}
