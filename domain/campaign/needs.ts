import { pointer } from '../errors.ts'
import type { Step } from '../journey/step-kind.ts'
import { stepKinds } from '../journey/steps/index.ts'
import { contentsOf } from '../journey/steps/message.ts'
import { letterVariables } from '../message/letter-variables.ts'
import { authored, sources } from '../message/sources.ts'
import type { Campaign } from './campaign.ts'

/** Something a message prints for which it has no default: whoever lacks it is skipped at this message. */
export interface Need {
  /** Index of the goal whose customers reach the message. */
  goal: number
  /** JSON pointer of the field in the campaign that reads it first. */
  path: string
  /** The path as the template writes it, without the computed step at its end: `['customer', 'firstName']`. */
  steps: (string | number)[]
  /** `customer.firstName` */
  variable: string
  line: number
  column: number
}

// Liquid computes these three where a value has no such key of its own.
const computed = new Set<string | number>(['size', 'first', 'last'])

/** Roots that not everybody has: what a message reads of them must have a default, or leaves somebody out. */
const read = ['customer', 'event', 'surveyUrl', 'tier', 'nextTier', 'offer']

/** What the messages of a campaign cannot do without, of their customers and of the event that brings them in. */
export function needsOf(campaign: Pick<Campaign, 'goals'>): Need[] {
  const needs: Need[] = []
  campaign.goals.forEach((goal, index) => {
    const offers = makesOffer(goal.journey)
    const visit = (list: readonly Step[], path: readonly (string | number)[]) =>
      list.forEach((step, i) => {
        const at = [...path, i]
        if (step.kind === 'message')
          for (const [variant, stored] of Object.entries(contentsOf(step))) {
            const content = authored(stored)
            const places = new Map(sources(step.channel, content).map(source => [source.field, source.path]))
            for (const variable of letterVariables(step.channel, content))
              if (!variable.guarded && read.includes(String(variable.steps[0])) && !(offers && variable.steps[0] === 'offer'))
                needs.push({
                  goal: index,
                  path: pointer([...at, 'content', ...(variant ? [variant] : [])]) + (places.get(variable.field) ?? ''),
                  steps: computed.has(variable.steps.at(-1) ?? '') ? variable.steps.slice(0, -1) : variable.steps,
                  variable: variable.path,
                  line: variable.line,
                  column: variable.column,
                })
          }
        for (const [name, children] of stepKinds[step.kind].lists(step)) visit(children, [...at, ...name])
      })
    visit(goal.journey, ['goals', index, 'journey'])
  })
  return needs
}

/** Whether a journey makes offers: who is written to after it then has one. */
const makesOffer = (journey: readonly Step[]): boolean =>
  journey.some(step => step.kind === 'offer' || stepKinds[step.kind].lists(step).some(([, children]) => makesOffer(children)))
