import type { Campaign } from '../domain/campaign/campaign.ts'
import { type Fault, PerennialError, pointer } from '../domain/errors.ts'
import type { Step } from '../domain/journey/step-kind.ts'
import { stepKinds } from '../domain/journey/steps/index.ts'
import { contentsOf } from '../domain/journey/steps/message.ts'
import { compileMjml } from '../domain/message/mjml.ts'

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
        if (step.kind === 'message' && step.channel === 'email')
          for (const [variant, content] of Object.entries(contentsOf(step))) {
            if (!('mjml' in content) || content.mjml === undefined) continue
            const compiled = compileMjml(content.mjml)
            if ('html' in compiled) content.html = compiled.html
            else faults.push({ ...compiled.fault, path: pointer([...at, 'content', ...(variant ? [variant] : []), 'mjml']) })
          }
        for (const [name, children] of stepKinds[step.kind].lists(step)) visit(children, [...at, ...name])
      })
    visit(goal.journey, ['goals', g, 'journey'])
  })
  const [first] = faults
  if (first) throw new PerennialError('unprocessable', `${first.path}: ${first.message}`, { faults })
}
