import type { ResultsView } from '../../../api/contract.ts'
import type { CampaignView } from '../../api/views.ts'
import { useStepName } from '../../campaign/step-name.ts'
import { Badge, Card } from '../../parts/basics.tsx'
import { Table } from '../../parts/table.tsx'
import { useWords } from '../../texts/index.ts'
import { useArmName } from './index.tsx'

export function Arms({ results }: { results: ResultsView }) {
  const { t, number, percent } = useWords()
  const arm = useArmName()
  const range = (interval: readonly [number, number] | null) =>
    interval ? `${percent(interval[0])} – ${percent(interval[1])}` : '–'
  return (
    <Card title={t('results.arms')} pad={false}>
      <Table
        label={t('results.arms')}
        rows={results.arms}
        keyOf={each => each.key}
        columns={[
          {
            title: t('results.arm'),
            head: true,
            cell: each => (
              <>
                {arm(each.key)} {each.stopped && <Badge look="warn">{t('results.stopped')}</Badge>}
              </>
            ),
          },
          { title: t('results.enrolled'), num: true, cell: each => number(each.enrolled) },
          { title: t('results.exposed'), num: true, cell: each => number(each.exposed) },
          { title: t('results.matured'), num: true, cell: each => number(each.matured) },
          { title: t('results.converted'), num: true, cell: each => number(each.converted) },
          { title: t('results.rate'), num: true, cell: each => (each.rate === null ? '–' : percent(each.rate, 2)) },
          { title: t('results.interval'), num: true, quiet: true, cell: each => range(each.interval) },
          {
            title: t('results.perCustomer'),
            num: true,
            cell: each => (each.revenuePerCustomer === null ? '–' : number(each.revenuePerCustomer, 2)),
          },
        ]}
      />
    </Card>
  )
}

export function Funnel({ results, campaign }: { results: ResultsView; campaign: CampaignView }) {
  const name = useStepName(campaign)
  const { t, number, percent } = useWords()
  if (results.funnel.length === 0) return null
  const share = (part: number, whole: number) => (whole > 0 ? percent(part / whole, 0) : '')
  return (
    <Card title={t('results.funnel')} pad={false}>
      <Table
        label={t('results.funnel')}
        rows={results.funnel}
        keyOf={step => step.step}
        columns={[
          {
            title: t('messages.step'),
            head: true,
            cell: step => (
              <>
                <span title={step.step}>{name(step.step)}</span>{' '}
                {step.channel && <span className="quiet small">{t(`channel.${step.channel as 'email'}`)}</span>}
              </>
            ),
          },
          { title: t('funnel.reached'), num: true, cell: step => number(step.reached) },
          ...(['sent', 'delivered', 'opened', 'clicked'] as const).map(key => ({
            title: t(`funnel.${key}`),
            num: true,
            cell: (step: (typeof results.funnel)[number]) => (
              <>
                {number(step[key])} <span className="quiet small">{share(step[key], step.reached)}</span>
              </>
            ),
          })),
          { title: t('funnel.converted'), num: true, cell: step => number(step.converted) },
        ]}
      />
    </Card>
  )
}

const looks = { breached: 'bad', held: 'good', unclear: undefined } as const

export function Guardrails({ results }: { results: ResultsView }) {
  const { t, number, percent } = useWords()
  const arm = useArmName()
  if (results.guardrails.length === 0) return null
  return (
    <Card title={t('results.guardrails')} pad={false}>
      <Table
        label={t('results.guardrails')}
        rows={results.guardrails}
        keyOf={each => each.arm + each.kind}
        columns={[
          { title: t('results.arm'), head: true, cell: each => arm(each.arm) },
          { title: t('results.guardrail'), cell: each => t(`guardrail.${each.kind}`) },
          {
            title: t('results.customers'),
            num: true,
            cell: each => t('retention.of', { part: number(each.customers), whole: number(each.of) }),
          },
          { title: t('results.rate'), num: true, cell: each => (each.rate === null ? '–' : percent(each.rate, 2)) },
          { title: t('results.limit'), num: true, quiet: true, cell: each => percent(each.limit, 2) },
          {
            title: t('messages.status'),
            cell: each => <Badge look={looks[each.state]}>{t(`guardrail.${each.state}`)}</Badge>,
          },
        ]}
      />
    </Card>
  )
}

/** For those who want to know how it was computed. */
export function Details({ results }: { results: ResultsView }) {
  const { t, number } = useWords()
  const arm = useArmName()
  const pair = (interval: readonly [number, number] | null) =>
    interval ? `${number(interval[0], 4)} … ${number(interval[1], 4)}` : '–'
  return (
    <details className="card">
      <summary className="card-head">
        <h2>{t('results.details')}</h2>
      </summary>
      <div className="card-body stack">
        <p className="quiet">{results.population.rule}</p>
        {results.comparisons.map(each => (
          <div key={each.arm + each.against}>
            <h3>{t('results.versus', { arm: arm(each.arm), against: arm(each.against) })}</h3>
            <dl className="facts">
              <dt>{t('results.method')}</dt>
              <dd>
                {each.method.name}, n* = {number(each.method.nStar)}, α = {number(each.method.alpha, 4)}
              </dd>
              <dt>{t('results.anytime')}</dt>
              <dd className="num">{pair(each.interval)}</dd>
              <dt>{t('results.fixed')}</dt>
              <dd className="num">
                {pair(each.fixed.interval)}, p = {each.fixed.p === null ? '–' : number(each.fixed.p, 4)} ({each.fixed.test})
              </dd>
              {each.bayes && (
                <>
                  <dt>{t('results.bayes')}</dt>
                  <dd className="num">{number(each.bayes.pBBeatsA, 4)}</dd>
                </>
              )}
              {each.cuped && (
                <>
                  <dt>CUPED</dt>
                  <dd className="num">{pair(each.cuped.interval)}</dd>
                </>
              )}
            </dl>
          </div>
        ))}
        <p className="small quiet">{t('results.srmDetail', { p: number(results.srm.p, 4) })}</p>
      </div>
    </details>
  )
}
