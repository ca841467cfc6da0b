import { type Fault, pointer } from '../errors.ts'
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
      warnings.push({
        path: `/goals/${g}`,
        code: 'catchesAll',
        message: `goal "${goal.key}" has no "when", so the goals after it are never reached`,
        hint: 'Put it last, or give it a rule.',
      })
    if (goal.journey.length === 0)
      warnings.push({
        path: `/goals/${g}/journey`,
        code: 'emptyJourney',
        message: `goal "${goal.key}" has no steps`,
        hint: 'Add a step, or remove the goal.',
      })
    if (!goal.success)
      warnings.push({
        path: `/goals/${g}`,
        code: 'noSuccess',
        message: `goal "${goal.key}" says nothing about success, so its conversion cannot be measured`,
        hint: 'Add "success": {"event", "within"}.',
      })

    const visit = (list: readonly Step[], path: readonly (string | number)[], depth: number, before: readonly string[]) => {
      let messages = before
      list.forEach((step, i) => {
        const at = [...path, i]
        const where = pointer(['goals', g, 'journey', ...at])
        steps++
        const id = step.id ?? pathId(goal.key, at)
        if (ids.has(id))
          problems.push({
            path: `${where}/id`,
            code: 'repeatedId',
            message: `another step has the id "${id}"`,
            hint: 'Ids are unique in a campaign.',
          })
        ids.add(id)
        if (depth > maxDepth)
          problems.push({
            path: where,
            code: 'tooDeep',
            message: `steps nest at most ${maxDepth} deep`,
            hint: 'Move the inner part into a campaign of its own.',
          })
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
    problems.push({
      path: '/goals',
      code: 'tooManySteps',
      message: `${steps} steps; a campaign has at most ${maxSteps}`,
      hint: 'Divide it into several campaigns.',
    })
  if (marketing && campaign.limits.quietHours === 'ignore')
    problems.push({
      path: '/limits/quietHours',
      code: 'marketingAtNight',
      message: 'marketing messages respect quiet hours',
      hint: 'Use "respect", or make the messages transactional if they are.',
    })
  if (marketing && campaign.limits.globalHoldout === 'ignore')
    problems.push({
      path: '/limits/globalHoldout',
      code: 'marketingToHoldout',
      message: 'marketing messages leave the global holdout alone',
      hint: 'Use "respect", or make the messages transactional if they are.',
    })
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
      faults.push({
        path: `${at}/variants/${i}/key`,
        code: 'reserved',
        message: '"holdout" is the name of those who get nothing',
        hint: 'Choose another key.',
      })
  })
  if (experiment.variants.every(variant => variant.weight === 0))
    faults.push({ path: `${at}/variants`, code: 'noWeight', message: 'at least one variant needs a weight above 0' })
  if (experiment.metric.kind === 'retention') {
    const [from, to] = experiment.metric.bracket
    if (milliseconds(from) >= milliseconds(to))
      faults.push({
        path: `${at}/metric/bracket`,
        code: 'emptyBracket',
        message: `the bracket from ${from} to ${to} is empty`,
        hint: 'The first duration is the shorter one.',
      })
  }
  return faults
}

function repeated(keys: readonly string[], path: (i: number) => string, what: string): Fault[] {
  return keys.flatMap((key, i) =>
    keys.indexOf(key) < i
      ? [
          {
            path: path(i),
            code: 'repeatedKey',
            message: `another ${what} has the key "${key}"`,
            hint: 'Keys are unique in a campaign.',
          },
        ]
      : [],
  )
}

/** What validates but does not run yet: a launch is refused with these. */
export function notRunnable(campaign: Campaign): Fault[] {
  const faults: Fault[] = []
  if (!triggerKinds[campaign.trigger.kind].runs)
    faults.push({ path: '/trigger/kind', code: 'notBuilt', message: `the trigger "${campaign.trigger.kind}" does not run yet` })
  campaign.goals.forEach((goal, g) => {
    const visit = (list: readonly Step[], path: readonly (string | number)[]) =>
      list.forEach((step, i) => {
        if (!stepKinds[step.kind].runs)
          faults.push({
            path: pointer([...path, i, 'kind']),
            code: 'notBuilt',
            message: `the step "${step.kind}" does not run yet`,
          })
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
    faults.push({
      path: '/limits/budget/currency',
      code: 'unknownCurrency',
      message: `no rate says what ${budget.currency} is worth in ${currencies.reporting}`,
      hint: `Set currencies.rates.${budget.currency} in the settings, or give the budget in ${currencies.reporting}.`,
    })
  if (Object.values(prices).every(price => price === 0))
    faults.push({
      path: '/limits/budget',
      code: 'noPrices',
      message: 'every message is free of charge in the settings, so a budget would never stop anything',
      hint: 'Set prices in the settings (email, sms for a segment, inApp), or leave the budget out.',
    })
  return faults
}
