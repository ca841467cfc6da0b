import { Check, X } from 'lucide-react'
import { useWords } from '../texts/index.ts'
import { Badge } from './basics.tsx'

export interface Explanation {
  customer: string
  enrolled: boolean
  goal?: string
  variant?: string
  step?: string
  state?: string
  due?: string
  decisions: {
    at: string
    kind: string
    step?: string
    outcome: string
    reason?: string
    facts: Record<string, unknown>
    /** What was decided and what it rests on, in the reader's language. */
    text: string
  }[]
}

/** Every decision about one person in one campaign, in words, with the facts it rested on. */
export function Story({ explanation }: { explanation: Explanation }) {
  const { t, maybe, time } = useWords()
  return (
    <div className="stack">
      <p>
        {explanation.enrolled
          ? t('story.enrolled', { goal: explanation.goal ?? '', variant: explanation.variant ?? '' })
          : t('story.notEnrolled')}{' '}
        {explanation.step && t('story.standsAt', { step: explanation.step })}
        {explanation.due && ` ${t('story.due', { at: time(explanation.due) })}`}
      </p>
      <ol className="timeline">
        {explanation.decisions.map((decision, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: decisions have no other name than their order
          <li key={i}>
            <p>
              <strong>{maybe(`story.${decision.kind}`, decision.kind)}</strong>:{' '}
              {maybe(`outcome.${decision.outcome}`, maybe(`message.${decision.outcome}`, decision.outcome))}
              {decision.reason && (
                <>
                  {' '}
                  <Badge>{maybe(`reason.${decision.reason}`, maybe(`ended.${decision.reason}`, decision.reason))}</Badge>
                </>
              )}
              {decision.step && <span className="small quiet"> {decision.step}</span>}
            </p>
            <p className="small quiet">{time(decision.at)}</p>
            {decision.text && <p>{decision.text}</p>}
            <Facts facts={decision.facts} />
          </li>
        ))}
      </ol>
    </div>
  )
}

interface Part {
  part: string
  holds: boolean
  parts?: Part[]
}

/** The parts of a rule, each with whether it holds; of one that does not, the parts it is made of beneath it. */
function Parts({ parts, beneath: within = false }: { parts: readonly Part[]; beneath?: boolean }) {
  return (
    <ul className="small" style={within ? { paddingInlineStart: 20 } : {}}>
      {parts.map(({ part, holds, parts: beneath }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same question may be asked twice
        <li key={i}>
          <span className="row" style={{ gap: 6 }}>
            {holds ? (
              <Check size={14} aria-label="✓" style={{ color: 'var(--accent-text)' }} />
            ) : (
              <X size={14} aria-label="✗" style={{ color: 'var(--bad)' }} />
            )}
            {part}
          </span>
          {!holds && beneath && <Parts parts={beneath} beneath />}
        </li>
      ))}
    </ul>
  )
}

/** A moment is said as people say moments, a word as it is, anything else as it was kept. */
function useFact(): (value: unknown) => string {
  const { time } = useWords()
  return value => {
    if (typeof value !== 'string') return JSON.stringify(value)
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(value) ? time(value) : value
  }
}

/** The parts of a rule as they are; what else a decision rested on where somebody asks for it, as it was kept. */
function Facts({ facts }: { facts: Record<string, unknown> }) {
  const { t, maybe } = useWords()
  const said = useFact()
  const { parts, ...rest } = facts
  // What is not known says nothing.
  const known = Object.entries(rest).filter(([key, value]) => value !== null && !(key === 'rule' && Array.isArray(parts)))
  return (
    <>
      {Array.isArray(parts) && <Parts parts={parts as Part[]} />}
      {known.length > 0 && (
        <details className="small quiet">
          <summary>{t('story.facts')}</summary>
          <ul style={{ overflowWrap: 'anywhere' }}>
            {known.map(([key, value]) => (
              <li key={key}>
                {maybe(`fact.${key}`, key)}: {said(value)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
