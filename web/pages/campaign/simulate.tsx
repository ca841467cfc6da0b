import { Play } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import type { CampaignView } from '../../api/queries.ts'
import { Button, Card, Notice, TextField } from '../../parts/basics.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { useWords } from '../../texts/index.ts'
import { Bars } from './live.tsx'

type Simulation = Record<string, unknown>

const counts = (value: unknown): Record<string, number> | undefined =>
  value &&
  typeof value === 'object' &&
  !Array.isArray(value) &&
  Object.values(value).every(each => typeof each === 'number') &&
  Object.keys(value).length > 0
    ? (value as Record<string, number>)
    : undefined

/** What a launch now would do, and what it would have done; nothing is sent. */
export default function Simulate({ campaign }: { campaign: CampaignView }) {
  const { t } = useWords()
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const [simulation, setSimulation] = useState<Simulation>()
  const run = () => {
    setBusy(true)
    setError(undefined)
    const body = from && to ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() } : {}
    api
      .post<Simulation>(`/v1/campaigns/${campaign.id}/simulate`, body)
      .then(setSimulation, refused => {
        setSimulation(undefined)
        setError(refused)
      })
      .finally(() => setBusy(false))
  }
  return (
    <div className="stack">
      <Card title={t('simulate.title')}>
        <div className="stack">
          <p className="quiet">{t('simulate.lead')}</p>
          <div className="row top">
            <TextField label={t('simulate.from')} type="date" value={from} onChange={setFrom} />
            <TextField label={t('simulate.to')} type="date" value={to} onChange={setTo} />
            <Button look="primary" icon={Play} disabled={busy} onClick={run} style={{ marginTop: 24 }}>
              {busy ? t('simulate.running') : t('simulate.run')}
            </Button>
          </div>
          <ProblemNotice error={error} />
        </div>
      </Card>
      {simulation && <Outcome simulation={simulation} />}
    </div>
  )
}

function Outcome({ simulation }: { simulation: Simulation }) {
  const { t, maybe, number } = useWords()
  const plain = Object.entries(simulation).filter(([, value]) => typeof value === 'number' || typeof value === 'string')
  const groups = Object.entries(simulation).filter(([, value]) => counts(value))
  const steps = (simulation.bySteps ?? []) as {
    step: string
    reached?: number
    passed?: number
    sent?: number
    skipped?: Record<string, number>
  }[]
  return (
    <>
      <Notice look="good">{t('simulate.nothingSent')}</Notice>
      <dl className="grid stats">
        {plain.map(([key, value]) => (
          <div className="stat" key={key}>
            <dt>{maybe(`simulate.${key}`, key)}</dt>
            <dd style={typeof value === 'string' ? { fontSize: 15 } : {}}>
              {typeof value === 'number' ? number(value) : String(value)}
            </dd>
          </div>
        ))}
      </dl>
      <div className="grid">
        {groups.map(([key, value]) => (
          <Card key={key} title={maybe(`simulate.${key}`, key)}>
            <Bars
              counts={counts(value)!}
              of={Object.values(counts(value)!).reduce((a, b) => a + b, 0)}
              name={each => maybe(`reason.${each}`, maybe(`ended.${each}`, each))}
            />
          </Card>
        ))}
      </div>
      {Array.isArray(steps) && steps.length > 0 && (
        <Card title={t('simulate.bySteps')} pad={false}>
          <div className="table-wrap">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t('messages.step')}</th>
                  <th scope="col" className="num">
                    {t('simulate.reached')}
                  </th>
                  <th scope="col" className="num">
                    {t('live.sent')}
                  </th>
                  <th scope="col">{t('simulate.skipped')}</th>
                </tr>
              </thead>
              <tbody>
                {steps.map(step => (
                  <tr key={step.step}>
                    <td>{step.step}</td>
                    <td className="num">{number(step.reached ?? step.passed ?? 0)}</td>
                    <td className="num">{number(step.sent ?? 0)}</td>
                    <td className="quiet">
                      {Object.entries(step.skipped ?? {})
                        .map(([reason, n]) => `${maybe(`reason.${reason}`, reason)}: ${number(n)}`)
                        .join(', ')}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Card>
      )}
    </>
  )
}
