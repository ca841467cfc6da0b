import type { Campaign, Goal, Rule, Step } from '../../api/contract.ts'
import type { CampaignView } from '../api/views.ts'

/** The document alone, as it may be sent back. */
export function documentOf({
  id: _,
  version: __,
  status: ___,
  createdAt: ____,
  updatedAt: _____,
  ...document
}: CampaignView): Campaign {
  return document
}

/** A campaign that can be stored and launched as it stands: everybody, one e-mail, judged by its event. */
export const blankCampaign = (name: string, event: string): Campaign => ({
  name,
  trigger: { kind: 'now' },
  audience: { all: [] },
  reentry: 'never',
  goals: [{ key: 'main', kind: 'education', success: { event, within: '14d' }, journey: [blankStep('message')] }],
  experiment: { ...blankExperiment },
  limits: { ignoreCaps: false, quietHours: 'respect' },
})

export const blankExperiment = {
  holdout: 0.1,
  variants: [{ key: 'a', weight: 1 }],
  metric: { kind: 'conversion' as const },
  minimumEffect: 0.02,
  error: 0.05,
  minimumDays: 7,
  onDecision: 'report' as const,
}

const email = {
  subject: 'Hello {{ customer.firstName | default: "there" }}',
  html: '<p>Hello {{ customer.firstName | default: "there" }},</p>\n<p>Write here what is worth reading.</p>\n<p style="color:#667;font-size:13px">{{ postalAddress }} · <a href="{{ unsubscribeUrl }}">Unsubscribe</a></p>',
}
const contents = {
  email,
  sms: { body: 'Hello {{ customer.firstName | default: "there" }}! Reply STOP to end.' },
  inApp: { title: 'Hello {{ customer.firstName | default: "there" }}', body: 'Good to see you.' },
}

export const blankContent = (channel: keyof typeof contents) => ({ ...contents[channel] })

export const stepKinds = [
  'message',
  'wait',
  'await',
  'branch',
  'split',
  'set',
  'award',
  'offer',
  'task',
  'webhook',
  'survey',
  'exit',
] as const
export type StepKindName = (typeof stepKinds)[number]

export function blankStep(kind: StepKindName, variants: readonly string[] = ['a']): Step {
  switch (kind) {
    case 'message':
      return { kind, channel: 'email', class: 'marketing', content: blankContent('email') } as Step
    case 'wait':
      return { kind, for: '1d' }
    case 'await':
      return { kind, on: { message: 'opened' }, within: '2d', do: [], else: [] }
    case 'branch':
      return { kind, cases: [{ when: { attribute: 'plan', is: 'pro' } as Rule, do: [] }], else: [] }
    case 'split':
      return { kind, arms: Object.fromEntries(variants.map(key => [key, []])) }
    case 'set':
      return { kind, attributes: { stage: 'welcomed' } }
    case 'award':
      return { kind, points: 50, reason: 'Thank you' } as Step
    case 'offer':
      return { kind, key: 'welcome', value: '10 %', expires: '14d' } as Step
    case 'task':
      return { kind, title: 'Call this customer', due: '2d' } as Step
    case 'webhook':
      return { kind, url: 'https://example.com/hook' }
    case 'survey':
      return { kind, survey: 'nps', channel: 'email', class: 'marketing' } as Step
    case 'exit':
      return { kind }
  }
}

export const blankGoal = (key: string): Goal => ({
  key,
  kind: 'education',
  success: { event: 'Order Completed', within: '14d' },
  journey: [blankStep('message')],
})

export const variantKeys = (campaign: Campaign): string[] => campaign.experiment?.variants.map(each => each.key) ?? ['all']

/** The lists of steps beneath a step, with the path that leads to each. */
export function listsOf(step: Step): (readonly [path: readonly (string | number)[], steps: readonly Step[]])[] {
  switch (step.kind) {
    case 'await':
      return [
        [['do'], step.do ?? []],
        [['else'], step.else ?? []],
      ]
    case 'branch':
      return [...step.cases.map((each, i) => [['cases', i, 'do'], each.do] as const), [['else'], step.else ?? []] as const]
    case 'split':
      return Object.entries(step.arms).map(([key, steps]) => [['arms', key], steps] as const)
    case 'task':
      return step.outcomes || step.else
        ? [
            ...Object.entries(step.outcomes ?? {}).map(([key, steps]) => [['outcomes', key], steps] as const),
            [['else'], step.else ?? []] as const,
          ]
        : []
    default:
      return []
  }
}

/** The id under which the server counts a step: its own, or its goal and path. */
export const stepId = (goal: string, step: Step, path: readonly (string | number)[]): string =>
  step.id ?? [goal, ...path].join('.')

/** Every step of a journey with its path from the top of the journey, in the order of reading. */
export function* stepsOf(
  steps: readonly Step[],
  path: readonly (string | number)[] = [],
): Generator<{ step: Step; path: (string | number)[] }> {
  for (const [i, step] of steps.entries()) {
    yield { step, path: [...path, i] }
    for (const [beneath, children] of listsOf(step)) yield* stepsOf(children, [...path, i, ...beneath])
  }
}
