import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Rule } from '../../api/contract.ts'
import { api, type Refusal } from '../api/client.ts'
import { Notice } from '../parts/basics.tsx'
import { ProblemNotice } from '../parts/problem.tsx'
import { useSettled } from '../parts/state.ts'
import { useWords } from '../texts/index.ts'

interface Preview {
  count: number
  of: number
  sample: string[]
  tookMs: number
  summary?: string
  warnings?: { path: string; message: string }[]
}

/** How many a rule means now, and who: asked while it is being written. */
export function usePreview(rule: Rule) {
  const text = useSettled(JSON.stringify(rule))
  return useQuery<Preview, Refusal>({
    queryKey: ['/v1/segments/preview', text],
    queryFn: ({ signal }) => api.post('/v1/segments/preview', { rule: JSON.parse(text) }, { signal }),
    meta: { topics: ['customers', 'events', 'segments'] },
    placeholderData: keepPreviousData,
    retry: false,
  })
}

export function RuleCount({ rule, sentence }: { rule: Rule; sentence?: boolean }) {
  const { t, number, percent } = useWords()
  const { data, error, isFetching } = usePreview(rule)
  if (error && (!data || error.status !== 422)) return <ProblemNotice error={error} />
  return (
    <div className="rule-count" aria-live="polite" aria-busy={isFetching}>
      {error && <ProblemNotice error={error} />}
      {data && (
        <>
          <p>
            <strong className="big num">{number(data.count)}</strong>{' '}
            <span className="quiet">
              {t('rule.countOf', { of: number(data.of), share: data.of > 0 ? percent(data.count / data.of) : '–' })}
            </span>
          </p>
          <div className="meter" aria-hidden>
            <i style={{ width: `${data.of > 0 ? (100 * data.count) / data.of : 0}%` }} />
          </div>
          {sentence && data.summary && <p className="quiet">{t('rule.sentence', { sentence: data.summary })}</p>}
          {data.warnings?.map(each => (
            <Notice key={each.path + each.message} look="warn">
              {each.message}
            </Notice>
          ))}
          {data.sample.length > 0 && (
            <p className="chips">
              {data.sample.slice(0, 8).map(id => (
                <Link key={id} href={`/customers/${encodeURIComponent(id)}`} className="chip">
                  {id}
                </Link>
              ))}
            </p>
          )}
        </>
      )}
    </div>
  )
}
