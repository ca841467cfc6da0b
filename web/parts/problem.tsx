import { CloudOff, Hammer } from 'lucide-react'
import type { ReactNode } from 'react'
import { Refusal } from '../api/client.ts'
import { useWords } from '../texts/index.ts'
import { Button, Empty, Loading, Notice } from './basics.tsx'

/** A refusal beside what was tried. Says only what no field says itself. */
export function ProblemNotice({ error }: { error: unknown }) {
  const { t } = useWords()
  if (!error) return null
  if (!(error instanceof Refusal)) return <Notice look="bad">{String((error as Error).message ?? error)}</Notice>
  const { problem } = error
  const hint = problem.errors.find(each => each.hint)?.hint
  return (
    <Notice look="bad">
      {problem.status === 0 ? (
        t('problem.unreachable')
      ) : (
        <>
          <strong>{problem.title}.</strong> {problem.detail} {hint && <span className="quiet">{hint}</span>}
          {problem.errors.length > 1 && (
            <ul className="small" style={{ marginTop: 6, listStyle: 'disc', paddingInlineStart: 18 }}>
              {problem.errors.slice(0, 8).map(each => (
                <li key={each.path + each.code}>
                  {each.path && <code>{each.path} </code>}
                  {each.message}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Notice>
  )
}

interface Asked<Data> {
  data: Data | undefined
  error: unknown
  refetch?: () => unknown
}

/** The answer, or why there is none yet. What does not stand yet is an empty state, not a failure. */
export function Answered<Data>({
  of,
  children,
  lines,
}: {
  of: Asked<Data>
  children: (data: Data) => ReactNode
  lines?: number
}) {
  const { t } = useWords()
  if (of.data !== undefined) return <>{children(of.data)}</>
  if (!of.error) return <Loading lines={lines ?? 4} />
  const again = of.refetch && <Button onClick={() => void of.refetch?.()}>{t('common.again')}</Button>
  if (of.error instanceof Refusal && of.error.status === 501)
    return (
      <Empty icon={Hammer} title={t('problem.notBuilt')}>
        {of.error.problem.detail}
      </Empty>
    )
  if (of.error instanceof Refusal && (of.error.status === 0 || of.error.status === 503))
    return (
      <Empty icon={CloudOff} title={t('problem.away')} actions={again}>
        {of.error.status === 0 ? t('problem.unreachable') : of.error.problem.detail}
      </Empty>
    )
  return (
    <div style={{ padding: 18 }}>
      <ProblemNotice error={of.error} />
    </div>
  )
}
