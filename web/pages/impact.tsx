import { Scale, Telescope, X } from 'lucide-react'
import { useMemo, useState } from 'react'
import { pathOf } from '../api/client.ts'
import { type CampaignView, type Page, useApi } from '../api/queries.ts'
import { Intervals } from '../charts/intervals.tsx'
import { Card, Empty, IconButton, LinkButton, Notice, PageHead, Select, TextField } from '../parts/basics.tsx'
import { PickCampaign } from '../parts/pick.tsx'
import { Answered } from '../parts/problem.tsx'
import { momentOf } from '../parts/state.ts'
import { Table } from '../parts/table.tsx'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

interface Value {
  value: number | null
  reason: string | null
}
const values = ['crr', 'churn', 'repeatRate', 'clv', 'revenuePerCustomer'] as const
type Values = Record<(typeof values)[number], Value>
interface Group {
  group: string
  customers: number
  before: Values
  after: Values
  active: { customers: number; rate: number | null; interval: [number, number] | null }
}
interface Comparison {
  metric: 'crr' | 'churn' | 'repeatRate' | 'active' | 'revenuePerCustomer' | 'clv'
  note: string
  difference: number | null
  interval: [number, number] | null
}
interface Report {
  definition: string
  currency: string | null
  groups: Group[]
  comparisons: Comparison[]
  because: string
}
interface Programme extends Report {
  asOf: string
  share: number
  incremental: {
    customers: number | null
    customersInterval: [number, number] | null
    revenue: number | null
    revenueInterval: [number, number] | null
  }
  srm: { p: number; ok: boolean } | null
}
interface Compared {
  definition: string
  campaigns: (Report & { campaign: string; name: string; customers: number })[]
}

/** What all campaigns change together, against those whom none may write to; and campaigns beside each other. */
export default function Impact() {
  const { t } = useWords()
  useTitleOf('nav.impact')
  return (
    <>
      <PageHead title={t('nav.impact')} lead={t('impact.lead')} />
      <div className="stack loose">
        <ProgrammeCard />
        <Compare />
      </div>
    </>
  )
}

function ProgrammeCard() {
  const { t, number, percent, money, time } = useWords()
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  // Until now moves on with every drawing: the question must stay the same one.
  const path = useMemo(() => pathOf('/v1/results/programme', { from: momentOf(from), to: momentOf(to, true) }), [from, to])
  const answer = useApi<Programme>(path, ['settings'], { keep: true })
  const range = (interval: [number, number] | null, format: (n: number) => string) =>
    interval ? `${format(interval[0])} – ${format(interval[1])}` : t('results.notYet')
  return (
    <Card title={t('impact.programme')}>
      <div className="stack">
        <div className="row">
          <TextField label={t('simulate.from')} type="date" value={from} onChange={setFrom} />
          <TextField label={t('simulate.to')} type="date" value={to} onChange={setTo} />
        </div>
        <Answered of={answer}>
          {data =>
            data.share === 0 ? (
              <Empty
                icon={Telescope}
                title={t('impact.noHoldout')}
                actions={<LinkButton to="/settings">{t('nav.settings')}</LinkButton>}
              >
                {t('impact.noHoldoutLead')}
              </Empty>
            ) : (
              <>
                <p>{data.because}</p>
                {data.srm && !data.srm.ok && <Notice look="bad">{t('results.srm', { p: number(data.srm.p, 5) })}</Notice>}
                <dl className="grid stats">
                  <div className="stat">
                    <dt>{t('impact.kept')}</dt>
                    <dd>
                      {data.incremental.customers === null ? '–' : number(Math.round(data.incremental.customers))}
                      <small>{range(data.incremental.customersInterval, n => number(Math.round(n)))}</small>
                    </dd>
                  </div>
                  <div className="stat">
                    <dt>{t('impact.revenue')}</dt>
                    <dd>
                      {data.incremental.revenue === null || data.currency === null
                        ? '–'
                        : money(Math.round(data.incremental.revenue), data.currency)}
                      <small>{range(data.incremental.revenueInterval, n => number(Math.round(n)))}</small>
                    </dd>
                  </div>
                  <div className="stat">
                    <dt>{t('settings.holdout')}</dt>
                    <dd>{percent(data.share)}</dd>
                  </div>
                </dl>
                <ReportBody report={data} />
                <p className="small quiet">
                  {t('results.asOf', { at: time(data.asOf) })} {data.definition}
                </p>
              </>
            )
          }
        </Answered>
      </div>
    </Card>
  )
}

/** Groups with their numbers before and after, and the differences as a plot. */
function ReportBody({ report }: { report: Report }) {
  const { t, number, maybe } = useWords()
  const isMoney = ({ metric }: Comparison) => metric === 'revenuePerCustomer' || metric === 'clv'
  const known = report.comparisons.filter(each => each.difference !== null)
  const [shown, money] = [known.filter(each => !isMoney(each)), known.filter(isMoney)]
  const signed = (value: number, digits: number) => `${value > 0 ? '+' : ''}${number(value, digits)}`
  const points = (value: number) => signed(value * 100, 1)
  const amount = (value: number) => `${signed(value, 2)}${report.currency ? ` ${report.currency}` : ''}`
  const cell = (group: Group, key: (typeof values)[number]) => {
    const one = (of: Value) => (of.value === null ? '–' : number(of.value, 1))
    return `${one(group.before[key])} → ${one(group.after[key])}`
  }
  return (
    <>
      {report.groups.length > 0 && (
        <Table
          label={t('impact.groups')}
          rows={report.groups}
          keyOf={group => group.group}
          columns={[
            { title: t('column.group'), head: true, cell: group => maybe(`impact.group.${group.group}`, group.group) },
            { title: t('nav.customers'), num: true, cell: group => number(group.customers) },
            ...values.map(key => ({
              title: t(`impact.${key}`),
              num: true,
              cell: (group: Group) => cell(group, key),
            })),
          ]}
        />
      )}
      {shown.length > 0 && (
        <Intervals
          label={t('results.differences')}
          format={points}
          lines={shown.map(each => ({
            name: t(`impact.${each.metric}`),
            value: each.difference,
            interval: each.interval,
            text: t('results.points', { points: points(each.difference ?? 0) }),
          }))}
        />
      )}
      {/* Money has a scale of its own, and each of these too. */}
      {money.map(each => (
        <Intervals
          key={each.metric}
          label={t(`impact.${each.metric}`)}
          format={amount}
          lines={[
            {
              name: t(`impact.${each.metric}`),
              value: each.difference,
              interval: each.interval,
              text: amount(each.difference ?? 0),
            },
          ]}
        />
      ))}
    </>
  )
}

function Compare() {
  const { t } = useWords()
  const any = useApi<Page<CampaignView>>('/v1/campaigns?status=ran&brief=true&limit=1', ['campaigns', 'runs'])
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [window, setWindow] = useState('90d')
  return (
    <Card title={t('impact.compare')}>
      <div className="stack">
        <p className="quiet">{t('impact.compareLead')}</p>
        {any.data?.data.length === 0 ? (
          <Empty icon={Scale} title={t('impact.nothingRan')}>
            {t('impact.nothingRanLead')}
          </Empty>
        ) : (
          <div className="row top">
            <div style={{ flex: '1 1 260px', maxWidth: 420 }}>
              <PickCampaign
                label={t('impact.which')}
                status="ran"
                value=""
                none={t('impact.add')}
                onChange={id => id && setChosen(chosen.includes(id) ? chosen : [...chosen, id])}
              />
            </div>
            <div style={{ width: 200 }}>
              <Select
                label={t('impact.window')}
                value={window}
                options={(['7d', '30d', '90d', '180d'] as const).map(
                  each => [each as string, t('unit.d', { n: Number.parseInt(each, 10) })] as const,
                )}
                onChange={setWindow}
              />
            </div>
          </div>
        )}
        {chosen.length > 0 && (
          <Side campaigns={chosen} window={window} remove={id => setChosen(chosen.filter(each => each !== id))} />
        )}
      </div>
    </Card>
  )
}

function Side({ campaigns, window, remove }: { campaigns: readonly string[]; window: string; remove: (id: string) => void }) {
  const { t } = useWords()
  const answer = useApi<Compared>(pathOf('/v1/results/compare', { campaigns: campaigns.join(','), window }), [], { keep: true })
  return (
    <Answered of={answer}>
      {data => (
        <>
          {data.campaigns.map(each => (
            <section key={each.campaign} className="stack tight">
              <h3 className="row">
                {each.name}
                <IconButton
                  icon={X}
                  small
                  label={t('impact.leaveOut', { name: each.name })}
                  onClick={() => remove(each.campaign)}
                />
              </h3>
              <p className="quiet">{each.because}</p>
              <ReportBody report={each} />
            </section>
          ))}
          <p className="small quiet">{data.definition}</p>
        </>
      )}
    </Answered>
  )
}
