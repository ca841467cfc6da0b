import { useState } from 'react'
import { Link } from 'wouter'
import type { Campaign, RunView, Step } from '../../../api/contract.ts'
import { type CampaignView, type Page, useApi } from '../../api/queries.ts'
import { stepId } from '../../campaign/document.ts'
import { triggerText } from '../../campaign/sentences.ts'
import { Canvas } from '../../journey/canvas.tsx'
import { Card, Empty, LinkButton, Segmented, Select } from '../../parts/basics.tsx'
import { Answered } from '../../parts/problem.tsx'
import { CampaignStatus, totals } from '../../parts/status.tsx'
import { useWords } from '../../texts/index.ts'

type Counts = RunView['bySteps'][number]

/** A run as it goes: how many stand where, what was sent, and what was not and why. */
export default function Live({ campaign }: { campaign: CampaignView }) {
  const { t } = useWords()
  const runs = useApi<Page<RunView>>(`/v1/campaigns/${campaign.id}/runs`, ['runs', 'messages', 'events'], { keep: true })
  const [chosen, setChosen] = useState<string>()
  return (
    <Answered of={runs}>
      {({ data }) => {
        const run = data.find(each => each.id === chosen) ?? data[0]
        if (!run)
          return (
            <div className="card">
              <Empty
                title={t('live.none')}
                actions={<LinkButton to={`/campaigns/${campaign.id}`}>{t('live.toPlan')}</LinkButton>}
              >
                {t('live.noneLead')}
              </Empty>
            </div>
          )
        return (
          <div className="stack loose">
            {data.length > 1 && (
              <div style={{ maxWidth: 320 }}>
                <Select
                  label={t('live.run')}
                  value={run.id}
                  options={data.map(
                    each => [each.id, t('live.runOption', { n: each.number, status: t(`status.${each.status}`) })] as const,
                  )}
                  onChange={setChosen}
                />
              </div>
            )}
            <Run campaign={campaign} run={run} />
          </div>
        )
      }}
    </Answered>
  )
}

interface Version {
  version: number
  current: boolean
  active: number
  waiting: Record<string, number>
  document: Campaign
}

function Run({ campaign, run }: { campaign: CampaignView; run: RunView }) {
  const words = useWords()
  const { t, number, percent, time } = words
  const sum = totals(run)
  const [goal, setGoal] = useState(0)
  const [chosen, setChosen] = useState<number>()
  // What runs is what was published, not what somebody is writing.
  const versions = useApi<Page<Version>>(`/v1/runs/${run.id}/versions`, ['runs'], { keep: true })
  const all = versions.data?.data ?? []
  const version = all.find(each => each.version === chosen) ?? all[0]
  const document: Campaign = version?.document ?? campaign
  const g = Math.min(goal, document.goals.length - 1)
  const counts = new Map(
    run.bySteps.map(step => [
      step.step,
      all.length > 1 && version ? { ...step, waiting: version.waiting[step.step] ?? 0 } : step,
    ]),
  )
  const share = (part: number, whole: number) => (whole > 0 ? percent(part / whole, 1) : '–')
  return (
    <>
      <div className="row">
        <CampaignStatus status={run.status} />
        <span className="quiet">
          {t('live.since', { at: time(run.startedAt), version: run.version })}
          {run.completedAt && ` ${t('live.until', { at: time(run.completedAt) })}`}
        </span>
      </div>
      <dl className="grid stats">
        {(
          [
            ['live.enrolled', number(run.enrolled), ''],
            ['live.active', number(run.active), share(run.active, run.enrolled)],
            ['live.sent', number(sum.sent), ''],
            ['live.opened', number(sum.opened), share(sum.opened, sum.sent)],
            ['live.clicked', number(sum.clicked), share(sum.clicked, sum.sent)],
            ['live.converted', number(sum.converted), share(sum.converted, run.enrolled)],
          ] as const
        ).map(([key, value, small]) => (
          <div className="stat" key={key}>
            <dt>{t(key)}</dt>
            <dd>
              {value} <small>{small}</small>
            </dd>
          </div>
        ))}
      </dl>
      {all.length > 1 && (
        <div className="stack tight">
          <Segmented
            label={t('live.version')}
            value={String(version?.version)}
            onChange={next => setChosen(Number(next))}
            options={all.map(
              each => [String(each.version), t('live.versionOption', { version: each.version, n: each.active })] as const,
            )}
          />
          <p className="small quiet">{t('live.versionHint')}</p>
        </div>
      )}
      <section className="stack">
        {document.goals.length > 1 && (
          <Segmented
            label={t('journey.ofGoal')}
            value={String(g)}
            onChange={next => setGoal(Number(next))}
            options={document.goals.map(
              (each, i) => [String(i), `${t(`goal.${each.kind}`)} (${run.byGoal[each.key] ?? 0})`] as const,
            )}
          />
        )}
        <Canvas
          steps={document.goals[g]!.journey}
          root={['goals', g, 'journey']}
          entry={`${triggerText(words, document.trigger)} · ${number(run.byGoal[document.goals[g]!.key] ?? 0)}`}
          end={t('journey.end')}
          foot={(step: Step, path) => (
            <Foot campaign={campaign.id} counts={counts.get(stepId(document.goals[g]!.key, step, path.slice(3)))} />
          )}
        />
      </section>
      <div className="grid">
        <Card title={t('live.byVariant')}>
          <Bars
            counts={run.byVariant}
            of={run.enrolled}
            name={key =>
              key === 'holdout' ? t('results.holdout') : key === 'all' ? t('live.everybody') : t('journey.variant', { key })
            }
          />
        </Card>
        <Card title={t('live.ended')}>
          {Object.keys(run.ended).length === 0 ? (
            <p className="quiet">{t('live.nobodyEnded')}</p>
          ) : (
            <Bars counts={run.ended} of={run.enrolled} name={key => words.maybe(`ended.${key}`, key)} />
          )}
        </Card>
      </div>
    </>
  )
}

export function Bars({ counts, of, name }: { counts: Record<string, number>; of: number; name: (key: string) => string }) {
  const { number, percent } = useWords()
  return (
    <div className="bars">
      {Object.entries(counts)
        .sort((a, b) => b[1] - a[1])
        .map(([key, n]) => (
          <div key={key}>
            <span>{name(key)}</span>
            <span className="bar" aria-hidden>
              <i style={{ width: `${of > 0 ? (100 * n) / of : 0}%` }} />
            </span>
            <span className="num">
              {number(n)} <span className="quiet">{of > 0 ? percent(n / of) : ''}</span>
            </span>
          </div>
        ))}
    </div>
  )
}

function Foot({ campaign, counts }: { campaign: string; counts: Counts | undefined }) {
  const { t, maybe, number } = useWords()
  if (!counts) return null
  const skipped = Object.entries(counts.skipped)
  const problems = (['failed', 'deferred', 'uncertain', 'held', 'queued'] as const).filter(key => counts[key] > 0)
  return (
    <div className="step-foot">
      <span className={counts.waiting > 0 ? 'here' : 'quiet'}>{t('live.waiting', { n: counts.waiting })}</span>
      <span className="quiet">{t('live.passed', { n: counts.passed })}</span>
      {counts.kind === 'message' && (
        <>
          <Link href={`/campaigns/${campaign}/messages?step=${encodeURIComponent(counts.step)}`}>
            {t('live.sentN', { n: counts.sent })}
          </Link>
          <span className="quiet">{t('live.engaged', { opened: number(counts.opened), clicked: number(counts.clicked) })}</span>
          {skipped.map(([reason, n]) => (
            <span key={reason} className="quiet">
              {maybe(`reason.${reason}`, reason)}: {number(n)}
            </span>
          ))}
          {problems.map(key => (
            <span key={key} className="warn-text">
              {t(`message.${key}`)}: {number(counts[key])}
            </span>
          ))}
        </>
      )}
    </div>
  )
}
