import type { Step } from '../../../api/contract.ts'
import type { Change, StepChange } from '../../../domain/campaign/diff.ts'
import { durationText } from '../../campaign/sentences.ts'
import { stepName } from '../../campaign/step-name.ts'
import { iconOf } from '../../journey/icons.ts'
import { Badge } from '../../parts/basics.tsx'
import { useWords, type Words } from '../../texts/index.ts'

/** A value as it may be read: durations in words, what is no text as it is written. */
const shown = (words: Words, value: unknown): string => {
  if (typeof value !== 'string') return JSON.stringify(value).slice(0, 600)
  return /^\d+[smhdw]$/.test(value) ? durationText(words, value) : value.slice(0, 600)
}
const looks = { added: 'good', removed: 'bad', changed: 'info', moved: undefined } as const

/** One step that differs: what it is, who stands there, and each value before and after. */
export function StepDiff({ change, here }: { change: StepChange; here: number }) {
  const words = useWords()
  const { t } = words
  const step = (change.after ?? change.before) as unknown as Step
  const Icon = iconOf(step as { kind: Step['kind']; channel?: string })
  return (
    <li className="step-diff">
      <p className="row">
        <Icon size={15} aria-hidden />
        <strong className="clip grow">{stepSummary(words, change.after ?? change.before ?? {})}</strong>
        {here > 0 && <Badge look="warn">{t('publish.here', { n: here })}</Badge>}
        <Badge look={looks[change.kind]}>{t(`publish.step.${change.kind}`)}</Badge>
      </p>
      {change.changes.length > 0 && <Changes changes={change.changes} />}
    </li>
  )
}

/** A step in words; one without those beneath it may not say how many there are. */
export function stepSummary(words: Words, step: Record<string, unknown>): string {
  const whole = step as unknown as Step
  try {
    return stepName(words, whole)
  } catch {
    return words.maybe(`step.${whole.kind}`, whole.kind)
  }
}

/** Values before and after, each under the name its field has in the plan. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  const name = useFieldName()
  const words = useWords()
  return (
    <dl className="diff">
      {changes.map(change => (
        <div key={change.path + change.kind}>
          <dt className="small quiet">{name(change.path)}</dt>
          <dd>
            {change.before !== undefined && (
              <del className="del small">
                <span aria-hidden>− </span>
                {shown(words, change.before)}
              </del>
            )}
            {change.after !== undefined && (
              <ins className="add small">
                <span aria-hidden>+ </span>
                {shown(words, change.after)}
              </ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const sections: Record<string, Parameters<ReturnType<typeof useWords>['t']>[0]> = {
  name: 'plan.name',
  trigger: 'plan.whom',
  audience: 'plan.audience',
  reentry: 'matching.reentry',
  exit: 'matching.exit',
  experiment: 'plan.judged',
  limits: 'limits.title',
}

/** A JSON pointer as people would say it: its part of the plan, then the field. */
function useFieldName(): (path: string) => string {
  const { t, maybe } = useWords()
  return path => {
    const [first = '', ...rest] = path.split('/').slice(1)
    const head =
      first === 'goals' && rest[0] !== undefined
        ? t('goals.nth', { n: Number(rest.shift()) + 1 })
        : sections[first] && t(sections[first])
    const parts = (head ? rest : [first, ...rest]).filter(part => part !== 'content').map(part => maybe(`field.${part}`, part))
    return [head, ...parts].filter(Boolean).join(' · ')
  }
}
