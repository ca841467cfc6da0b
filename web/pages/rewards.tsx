import { Gift, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api, Refusal } from '../api/client.ts'
import { refresh, useApi, usePages } from '../api/queries.ts'
import { Badge, Button, Card, Empty, IconButton, Notice, PageHead, TextField } from '../parts/basics.tsx'
import { NumberField } from '../parts/duration.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { Rows } from '../parts/rows.tsx'
import { useKeptForm } from '../parts/state.ts'
import { Table } from '../parts/table.tsx'
import { toast } from '../parts/toast.tsx'
import { useMay } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

interface Offer {
  key: string
  value: string | number
  granted: number
  customers: number
  redeemed: number
  expired: number
  open: number
  budget: number | null
  left: number | null
  lastAt: string
}
interface Loyalty {
  customers: number
  balance: number
  earned: number
  tiers: { key: string | null; name: string | null; fromPoints: number | null; customers: number }[]
}
interface Tier {
  key: string
  name: string
  fromPoints: number
}

/** What journeys give: offers with their budgets, points with their tiers. */
export default function Rewards() {
  const { t } = useWords()
  useTitleOf('nav.rewards')
  return (
    <>
      <PageHead title={t('nav.rewards')} lead={t('rewards.lead')} />
      <div className="stack loose">
        <Offers />
        <Points />
      </div>
    </>
  )
}

function Offers() {
  const { t, number, percent, date } = useWords()
  const list = usePages<Offer>('/v1/offers', {}, ['rewards'], 100)
  return (
    <Card title={t('rewards.offers')} pad={false}>
      <Answered of={list}>
        {rows =>
          rows.length === 0 ? (
            <Empty icon={Gift} title={t('rewards.noOffers')}>
              {t('rewards.noOffersLead')}
            </Empty>
          ) : (
            <Rows
              label={t('rewards.offers')}
              rows={rows}
              keyOf={row => row.key + row.value}
              more={list}
              columns={[
                { title: t('offer.key'), cell: row => <strong title={row.key}>{row.key}</strong>, width: 'minmax(120px, 1.4fr)' },
                { title: t('offer.value'), cell: row => String(row.value) },
                { title: t('rewards.granted'), num: true, cell: row => number(row.granted) },
                {
                  title: t('rewards.redeemed'),
                  num: true,
                  cell: row => (
                    <>
                      {number(row.redeemed)}{' '}
                      <span className="small quiet">{row.granted > 0 ? percent(row.redeemed / row.granted, 0) : ''}</span>
                    </>
                  ),
                },
                { title: t('rewards.open'), num: true, cell: row => number(row.open) },
                { title: t('rewards.expired'), num: true, cell: row => number(row.expired) },
                {
                  title: t('rewards.budget'),
                  num: true,
                  cell: row =>
                    row.budget === null ? (
                      <span className="quiet">{t('rewards.noBudget')}</span>
                    ) : row.left === 0 ? (
                      <Badge look="warn">{t('rewards.usedUp')}</Badge>
                    ) : (
                      t('rewards.left', { left: number(row.left ?? 0), of: number(row.budget) })
                    ),
                },
                { title: t('rewards.last'), cell: row => <span className="quiet">{date(row.lastAt)}</span> },
              ]}
            />
          )
        }
      </Answered>
    </Card>
  )
}

function Points() {
  const { t, number } = useWords()
  const loyalty = useApi<Loyalty>('/v1/loyalty', ['rewards'])
  const mayManage = useMay('manage')
  return (
    <Card title={t('rewards.points')}>
      <Answered of={loyalty}>
        {data => (
          <div className="stack">
            <p className="quiet">{t('rewards.pointsLead')}</p>
            <dl className="grid stats">
              <div className="stat">
                <dt>{t('rewards.accounts')}</dt>
                <dd>{number(data.customers)}</dd>
              </div>
              <div className="stat">
                <dt>{t('rewards.balance')}</dt>
                <dd>{number(data.balance)}</dd>
              </div>
              <div className="stat">
                <dt>{t('rewards.earned')}</dt>
                <dd>{number(data.earned)}</dd>
              </div>
            </dl>
            {data.tiers.length > 0 && (
              <Table
                label={t('rewards.tiers')}
                rows={data.tiers}
                keyOf={tier => tier.key ?? ''}
                columns={[
                  { title: t('rewards.tier'), head: true, cell: tier => tier.name ?? t('rewards.below') },
                  {
                    title: t('rewards.from'),
                    num: true,
                    cell: tier => (tier.fromPoints === null ? '' : number(tier.fromPoints)),
                  },
                  { title: t('nav.customers'), num: true, cell: tier => number(tier.customers) },
                ]}
              />
            )}
            {mayManage && (
              <TierEditor
                tiers={data.tiers.flatMap(({ key, name, fromPoints }) =>
                  key !== null && name !== null && fromPoints !== null ? [{ key, name, fromPoints }] : [],
                )}
              />
            )}
          </div>
        )}
      </Answered>
    </Card>
  )
}

function TierEditor({ tiers }: { tiers: Tier[] }) {
  const { t } = useWords()
  const { draft, set: setDraft, changed, stale, done } = useKeptForm('tiers', tiers)
  const [error, setError] = useState<unknown>()
  const put = (i: number, tier: Tier) => setDraft(draft.with(i, tier))
  const fault = (i: number, field: string) => (error instanceof Refusal ? error.at(`/tiers/${i}/${field}`) : undefined)
  const save = () =>
    void api.put('/v1/loyalty/tiers', { tiers: draft }).then(async () => {
      setError(undefined)
      await refresh('/v1/loyalty')
      done()
      toast(t('common.saved'))
    }, setError)
  return (
    <details open={changed}>
      <summary className="small">{t('rewards.edit')}</summary>
      <form
        className="stack tight"
        style={{ marginTop: 10 }}
        onSubmit={event => {
          event.preventDefault()
          if (changed) save()
        }}
      >
        {draft.map((tier, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a tier's key is being typed
          <div className="row top" key={i}>
            <TextField
              label={t('settings.topicKey')}
              value={tier.key}
              fault={fault(i, 'key')}
              onChange={key => put(i, { ...tier, key })}
            />
            <TextField
              label={t('keys.name')}
              value={tier.name}
              fault={fault(i, 'name')}
              onChange={name => put(i, { ...tier, name })}
            />
            <NumberField
              label={t('rewards.from')}
              value={tier.fromPoints}
              fault={fault(i, 'fromPoints')}
              onChange={points => put(i, { ...tier, fromPoints: points ?? 0 })}
            />
            <IconButton
              icon={Trash2}
              label={t('rewards.removeTier', { name: tier.name })}
              style={{ marginTop: 24 }}
              onClick={() => setDraft(draft.toSpliced(i, 1))}
            />
          </div>
        ))}
        {stale ? (
          <Notice look="warn">
            {t('rewards.tiersStale')}{' '}
            <Button small look="bare" onClick={done}>
              {t('campaign.takeTheirs')}
            </Button>
          </Notice>
        ) : (
          changed && <Notice>{t('segments.changed')}</Notice>
        )}
        <div className="row">
          <Button
            small
            icon={Plus}
            onClick={() =>
              setDraft([
                ...draft,
                { key: `tier-${draft.length + 1}`, name: '', fromPoints: (draft.at(-1)?.fromPoints ?? 0) + 100 },
              ])
            }
          >
            {t('rewards.addTier')}
          </Button>
          <Button small look="primary" type="submit" disabled={!changed || stale || draft.some(tier => !tier.name.trim())}>
            {t('common.save')}
          </Button>
          {changed && (
            <Button small onClick={done}>
              {t('settings.discard')}
            </Button>
          )}
        </div>
        <ProblemNotice error={error} />
      </form>
    </details>
  )
}
