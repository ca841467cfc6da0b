import type { ResultsView } from '../../../api/contract.ts'
import { Badge, Card } from '../../parts/basics.tsx'
import { useWords } from '../../texts/index.ts'
import { useArmName } from './index.tsx'

export function Arms({ results }: { results: ResultsView }) {
  const { t, number, percent } = useWords()
  const arm = useArmName()
  const range = (interval: readonly [number, number] | null) =>
    interval ? `${percent(interval[0])} – ${percent(interval[1])}` : '–'
  return (
    <Card title={t('results.arms')} pad={false}>
      <Scroll label={t('results.arms')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('results.arm')}</th>
              <th scope="col" className="num">
                {t('results.enrolled')}
              </th>
              <th scope="col" className="num">
                {t('results.exposed')}
              </th>
              <th scope="col" className="num">
                {t('results.matured')}
              </th>
              <th scope="col" className="num">
                {t('results.converted')}
              </th>
              <th scope="col" className="num">
                {t('results.rate')}
              </th>
              <th scope="col" className="num">
                {t('results.interval')}
              </th>
              <th scope="col" className="num">
                {t('results.perCustomer')}
              </th>
            </tr>
          </thead>
          <tbody>
            {results.arms.map(each => (
              <tr key={each.key}>
                <th scope="row">
                  {arm(each.key)} {each.stopped && <Badge look="warn">{t('results.stopped')}</Badge>}
                </th>
                <td className="num">{number(each.enrolled)}</td>
                <td className="num">{number(each.exposed)}</td>
                <td className="num">{number(each.matured)}</td>
                <td className="num">{number(each.converted)}</td>
                <td className="num">{each.rate === null ? '–' : percent(each.rate, 2)}</td>
                <td className="num quiet">{range(each.interval)}</td>
                <td className="num">{each.revenuePerCustomer === null ? '–' : number(each.revenuePerCustomer, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  )
}

export function Funnel({ results }: { results: ResultsView }) {
  const { t, number, percent } = useWords()
  if (results.funnel.length === 0) return null
  const share = (part: number, whole: number) => (whole > 0 ? percent(part / whole, 0) : '')
  return (
    <Card title={t('results.funnel')} pad={false}>
      <Scroll label={t('results.funnel')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('messages.step')}</th>
              {(['reached', 'sent', 'delivered', 'opened', 'clicked', 'converted'] as const).map(key => (
                <th scope="col" className="num" key={key}>
                  {t(`funnel.${key}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {results.funnel.map(step => (
              <tr key={step.step}>
                <th scope="row">
                  {step.step} {step.channel && <span className="quiet small">{t(`channel.${step.channel as 'email'}`)}</span>}
                </th>
                <td className="num">{number(step.reached)}</td>
                {(['sent', 'delivered', 'opened', 'clicked'] as const).map(key => (
                  <td className="num" key={key}>
                    {number(step[key])} <span className="quiet small">{share(step[key], step.reached)}</span>
                  </td>
                ))}
                <td className="num">{number(step.converted)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
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
      <Scroll label={t('results.guardrails')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('results.arm')}</th>
              <th scope="col">{t('results.guardrail')}</th>
              <th scope="col" className="num">
                {t('results.customers')}
              </th>
              <th scope="col" className="num">
                {t('results.rate')}
              </th>
              <th scope="col" className="num">
                {t('results.limit')}
              </th>
              <th scope="col">{t('messages.status')}</th>
            </tr>
          </thead>
          <tbody>
            {results.guardrails.map(each => (
              <tr key={each.arm + each.kind}>
                <th scope="row">{arm(each.arm)}</th>
                <td>{t(`guardrail.${each.kind}`)}</td>
                <td className="num">{t('retention.of', { part: number(each.customers), whole: number(each.of) })}</td>
                <td className="num">{each.rate === null ? '–' : percent(each.rate, 2)}</td>
                <td className="num quiet">{percent(each.limit, 2)}</td>
                <td>
                  <Badge look={looks[each.state]}>{t(`guardrail.${each.state}`)}</Badge>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
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

export function Scroll({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className="table-wrap" tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
