import type { Campaign } from '../domain/campaign/campaign.ts'
import { type Fault, pointer, refusal } from '../domain/errors.ts'
import type { Step } from '../domain/journey/step-kind.ts'
import { stepKinds } from '../domain/journey/steps/index.ts'
import { contentsOf, type MessageStep } from '../domain/journey/steps/message.ts'
import type { SurveyStep } from '../domain/journey/steps/survey.ts'
import type { Content, EmailContent } from '../domain/message/content.ts'
import { compileMjml } from '../domain/message/mjml.ts'

const contentsIn = (step: MessageStep | SurveyStep): Record<string, Content> =>
  step.kind === 'message' ? contentsOf(step) : step.content ? { '': step.content } : {}

/**
 * Compiles every MJML of a document just read, in place: `html` stands beside the `mjml` it was made from, whatever `html` came
 * with it. Throws `unprocessable` naming each that does not compile.
 */
export function compileContents(document: Campaign): void {
  const faults: Fault[] = []
  document.goals.forEach((goal, g) => {
    const visit = (list: readonly Step[], path: readonly (string | number)[]) =>
      list.forEach((step, i) => {
        const at = [...path, i]
        if ((step.kind === 'message' || step.kind === 'survey') && step.channel === 'email')
          for (const [variant, content] of Object.entries(contentsIn(step))) {
            const email = content as EmailContent
            if (email.mjml === undefined) continue
            const compiled = compileMjml(email.mjml)
            if ('html' in compiled) email.html = compiled.html
            else faults.push({ ...compiled.fault, path: pointer([...at, 'content', ...(variant ? [variant] : []), 'mjml']) })
          }
        for (const [name, children] of stepKinds[step.kind].lists(step)) visit(children, [...at, ...name])
      })
    visit(goal.journey, ['goals', g, 'journey'])
  })
  if (faults.length > 0) throw refusal('unprocessable', faults, true)
}
