import { useState } from 'react'
import { Link, useSearch } from 'wouter'
import { type CampaignView, usePages } from '../../api/queries.ts'
import { useStepName } from '../../campaign/step-name.ts'
import { Empty, Select } from '../../parts/basics.tsx'
import { Answered } from '../../parts/problem.tsx'
import { Rows } from '../../parts/rows.tsx'
import { MessageStatus } from '../../parts/status.tsx'
import { useWords } from '../../texts/index.ts'

export interface LedgerRow {
  id: string
  customer: string
  step: string
  channel: 'email' | 'sms' | 'inApp'
  variant: string | null
  status: string
  reason?: string
  createdAt: string
  acceptedAt?: string
}

const statuses = [
  'queued',
  'sending',
  'uncertain',
  'held',
  'accepted',
  'delivered',
  'opened',
  'clicked',
  'bounced',
  'dropped',
  'failed',
  'complained',
  'skipped',
  'deferred',
] as const

/** The ledger: what was meant for whom, and what became of it. */
export default function Messages({ campaign }: { campaign: CampaignView }) {
  const { t, time } = useWords()
  const step = new URLSearchParams(useSearch()).get('step') ?? undefined
  const [status, setStatus] = useState('')
  const name = useStepName(campaign)
  const list = usePages<LedgerRow>(`/v1/campaigns/${campaign.id}/messages`, { status, step }, ['messages'], 100)
  return (
    <div className="stack">
      <div className="row">
        <div style={{ width: 220 }}>
          <Select
            label={t('messages.status')}
            value={status}
            options={[['', t('messages.all')] as const, ...statuses.map(each => [each as string, t(`message.${each}`)] as const)]}
            onChange={setStatus}
          />
        </div>
        {step && (
          <p className="chip" style={{ alignSelf: 'end' }}>
            {t('messages.ofStep', { step: name(step) })}{' '}
            <Link href={`/campaigns/${campaign.id}/messages`}>
              ×<span className="hidden-text">{t('common.remove')}</span>
            </Link>
          </p>
        )}
      </div>
      <div className="card">
        <Answered of={list}>
          {rows =>
            rows.length === 0 ? (
              <Empty title={t('messages.empty')}>{t('messages.emptyLead')}</Empty>
            ) : (
              <Rows
                rows={rows}
                keyOf={row => row.id}
                more={list}
                columns={[
                  {
                    title: t('messages.customer'),
                    cell: row => (
                      <Link href={`/customers/${encodeURIComponent(row.customer)}`} className="strong">
                        {row.customer}
                      </Link>
                    ),
                  },
                  {
                    title: t('messages.step'),
                    cell: row => <span title={row.step}>{name(row.step)}</span>,
                    width: 'minmax(160px, 1.6fr)',
                    wide: true,
                  },
                  { title: t('rule.channel'), wide: true, cell: row => t(`channel.${row.channel}`) },
                  { title: t('message.variant'), wide: true, cell: row => row.variant ?? '' },
                  { title: t('messages.status'), cell: row => <MessageStatus status={row.status} reason={row.reason} /> },
                  {
                    title: t('messages.at'),
                    width: 'minmax(172px, 1fr)',
                    wide: true,
                    cell: row => <span className="quiet">{time(row.acceptedAt ?? row.createdAt)}</span>,
                  },
                ]}
              />
            )
          }
        </Answered>
      </div>
    </div>
  )
}
