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
  decisions: { at: string; kind: string; step?: string; outcome: string; reason?: string; facts: Record<string, unknown> }[]
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
            <Facts facts={decision.facts} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function Facts({ facts }: { facts: Record<string, unknown> }) {
  const { parts, ...rest } = facts
  return (
    <>
      {Array.isArray(parts) && (
        <ul className="small">
          {(parts as { part: string; holds: boolean }[]).map(({ part, holds }) => (
            <li key={part} className="row" style={{ gap: 6 }}>
              {holds ? (
                <Check size={14} aria-label="✓" style={{ color: 'var(--accent-text)' }} />
              ) : (
                <X size={14} aria-label="✗" style={{ color: 'var(--bad)' }} />
              )}
              {part}
            </li>
          ))}
        </ul>
      )}
      {Object.keys(rest).length > 0 && (
        <p className="small quiet" style={{ overflowWrap: 'anywhere' }}>
          {Object.entries(rest)
            .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
            .join(' · ')}
        </p>
      )}
    </>
  )
}
