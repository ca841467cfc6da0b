import { useApi } from '../../api/queries.ts'
import { Badge, Card } from '../../parts/basics.tsx'
import { Answered } from '../../parts/problem.tsx'
import { useWords } from '../../texts/index.ts'

interface ScoresView {
  at: string | null
  lifecycle: { stage: 'new' | 'active' | 'atRisk' | 'lapsed' | 'wonBack' | null; because: string } | null
  rfm: { recency: number; frequency: number; monetary: number; because: string } | null
  health: { value: number | null; because: string } | null
  churnRisk: { value: number | null; because: string } | null
  superHealthy: { value: boolean; because: string } | null
}

const looks = { new: 'info', active: 'good', atRisk: 'warn', lapsed: 'bad', wonBack: 'good' } as const

/** Stage, health and risk, each with its reason in words. */
export function Scores({ customer }: { customer: string }) {
  const { t, number, percent, ago } = useWords()
  const scores = useApi<ScoresView>(`/v1/customers/${encodeURIComponent(customer)}/scores`, ['events'])
  return (
    <Card title={t('customer.scores')} actions={scores.data?.at && <span className="small quiet">{ago(scores.data.at)}</span>}>
      <Answered of={scores} lines={3}>
        {({ at, lifecycle, rfm, health, churnRisk, superHealthy }) =>
          at === null ? (
            <p className="quiet">{t('customer.notScored')}</p>
          ) : (
            <dl className="stack tight">
              {lifecycle && (
                <Score
                  name={t('rule.lifecycle')}
                  value={lifecycle.stage ? <Badge look={looks[lifecycle.stage]}>{t(`lifecycle.${lifecycle.stage}`)}</Badge> : '–'}
                  because={lifecycle.because}
                />
              )}
              {health && (
                <Score
                  name={t('rule.health')}
                  value={health.value === null ? '–' : number(health.value, 0)}
                  because={health.because}
                />
              )}
              {churnRisk && (
                <Score
                  name={t('rule.churnRisk')}
                  value={churnRisk.value === null ? '–' : percent(churnRisk.value, 0)}
                  because={churnRisk.because}
                />
              )}
              {rfm && <Score name="RFM" value={`${rfm.recency} · ${rfm.frequency} · ${rfm.monetary}`} because={rfm.because} />}
              {superHealthy?.value && (
                <Score
                  name={t('customer.superHealthy')}
                  value={<Badge look="good">{t('common.yes')}</Badge>}
                  because={superHealthy.because}
                />
              )}
            </dl>
          )
        }
      </Answered>
    </Card>
  )
}

function Score({ name, value, because }: { name: string; value: React.ReactNode; because: string }) {
  return (
    <div>
      <dt className="row">
        <span className="grow quiet">{name}</span>
        <strong className="num">{value}</strong>
      </dt>
      <dd className="small quiet">{because}</dd>
    </div>
  )
}
