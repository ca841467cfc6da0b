import { Play } from 'lucide-react'
import { useState } from 'react'
import type { RunView } from '../../../api/contract.ts'
import { api } from '../../api/client.ts'
import type { CampaignView } from '../../api/queries.ts'
import { useStepName } from '../../campaign/step-name.ts'
import { Button, Card, Notice, TextField } from '../../parts/basics.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { momentOf } from '../../parts/state.ts'
import { Table } from '../../parts/table.tsx'
import { useWords } from '../../texts/index.ts'
import { useArmName } from '../results/index.tsx'
import { Bars } from './live.tsx'

interface Simulation {
  sample: { customers: number; of: number; scale: number }
  skipped: Record<string, number>
  cost: { amount: number; currency: string }
  capsHit: number
  quietHoursHit: number
  goals: { byGoal: Record<string, number>; none: number }
  assumes: string[]
  run: Pick<RunView, 'enrolled' | 'byVariant' | 'bySteps'>
}

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
    const body = from ? { from: momentOf(from), ...(to ? { to: momentOf(to, true) } : {}) } : {}
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
      {simulation && <Outcome campaign={campaign} simulation={simulation} />}
    </div>
  )
}

function Outcome({ campaign, simulation }: { campaign: CampaignView; simulation: Simulation }) {
  const { t, maybe, number, money } = useWords()
  const arm = useArmName()
  const { run, sample, goals } = simulation
  const sent = run.bySteps.reduce((sum, step) => sum + step.sent, 0)
  const name = useStepName(campaign)
  const kindOf = (key: string) => campaign.goals.find(goal => goal.key === key)?.kind
  return (
    <>
      <Notice look="good">
        {t('simulate.nothingSent')}{' '}
        {sample.scale > 1 && t('simulate.scaled', { of: number(sample.of), scale: number(sample.scale) })}
      </Notice>
      <dl className="grid stats">
        {(
          [
            ['simulate.enrolled', number(run.enrolled)],
            ['simulate.sent', number(sent)],
            ['simulate.capsHit', number(simulation.capsHit)],
            ['simulate.quietHoursHit', number(simulation.quietHoursHit)],
            ['simulate.cost', money(simulation.cost.amount, simulation.cost.currency)],
          ] as const
        ).map(([key, value]) => (
          <div className="stat" key={key}>
            <dt>{t(key)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="grid">
        <Card title={t('simulate.byGoal')}>
          <Bars
            counts={{ ...goals.byGoal, ...(goals.none > 0 ? { '': goals.none } : {}) }}
            of={sample.customers}
            name={key => (key === '' ? t('simulate.noGoal') : kindOf(key) ? t(`goal.${kindOf(key)!}`) : key)}
          />
        </Card>
        <Card title={t('simulate.byVariant')}>
          <Bars counts={run.byVariant} of={run.enrolled} name={arm} />
        </Card>
        <Card title={t('simulate.skippedWhy')}>
          {Object.keys(simulation.skipped).length === 0 ? (
            <p className="quiet">{t('simulate.nothingSkipped')}</p>
          ) : (
            <Bars
              counts={simulation.skipped}
              of={Object.values(simulation.skipped).reduce((a, b) => a + b, 0)}
              name={key => maybe(`reason.${key}`, key)}
            />
          )}
        </Card>
      </div>
      <Card title={t('simulate.bySteps')} pad={false}>
        <Table
          label={t('simulate.bySteps')}
          rows={run.bySteps}
          keyOf={step => step.step}
          columns={[
            {
              title: t('messages.step'),
              head: true,
              cell: step => (
                <>
                  <span title={step.step}>{name(step.step)}</span>
                </>
              ),
            },
            {
              title: t('simulate.reached'),
              num: true,
              cell: step => number(step.kind === 'message' ? step.reached : step.passed + step.waiting),
            },
            { title: t('live.sent'), num: true, cell: step => (step.kind === 'message' ? number(step.sent) : '') },
            {
              title: t('simulate.skipped'),
              quiet: true,
              cell: step =>
                Object.entries(step.skipped)
                  .map(([reason, n]) => `${maybe(`reason.${reason}`, reason)}: ${number(n)}`)
                  .join(', '),
            },
          ]}
        />
      </Card>
      <details className="card">
        <summary className="card-head">
          <h2>{t('simulate.assumes')}</h2>
        </summary>
        <ul className="card-body" style={{ listStyle: 'disc', paddingInlineStart: 40 }}>
          {simulation.assumes.map(each => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </details>
    </>
  )
}
