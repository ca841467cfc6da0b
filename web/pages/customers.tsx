import { Search, Upload, Users } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { usePages } from '../api/queries.ts'
import { Empty, LinkButton, PageHead } from '../parts/basics.tsx'
import { PickSegment } from '../parts/pick.tsx'
import { Answered } from '../parts/problem.tsx'
import { Rows } from '../parts/rows.tsx'
import { useSettled } from '../parts/state.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

export interface CustomerView {
  externalId: string
  anonymous: boolean
  email: string | null
  phone: string | null
  firstName: string | null
  lastName: string | null
  timezone: string | null
  locale: string | null
  createdAt: string
  updatedAt: string
  attributes: Record<string, unknown>
  version: number
}

export const nameOf = (customer: Pick<CustomerView, 'firstName' | 'lastName'>): string =>
  [customer.firstName, customer.lastName].filter(Boolean).join(' ')

export default function Customers() {
  const { t, date } = useWords()
  const [, go] = useLocation()
  const given = new URLSearchParams(useSearch())
  const [text, setText] = useState(given.get('q') ?? '')
  const segment = given.get('segment') ?? ''
  const q = useSettled(text.trim(), 250)
  const customers = usePages<CustomerView>('/v1/customers', { q, segment }, ['customers'], 100)
  useTitleOf('nav.customers')
  return (
    <>
      <PageHead
        title={t('nav.customers')}
        lead={t('customers.lead')}
        actions={
          <LinkButton to="/imports" icon={Upload}>
            {t('customers.import')}
          </LinkButton>
        }
      />
      <div className="row top" style={{ marginBottom: 14 }}>
        <div style={{ position: 'relative', flex: '1 1 260px', maxWidth: 420 }}>
          <Search size={15} aria-hidden style={{ position: 'absolute', left: 10, top: 10, color: 'var(--ink-3)' }} />
          <input
            className="input"
            style={{ paddingInlineStart: 32 }}
            type="search"
            aria-label={t('customers.search')}
            placeholder={t('customers.search')}
            value={text}
            onChange={event => setText(event.target.value)}
          />
        </div>
        <div style={{ width: 220 }}>
          <PickSegment
            quiet
            label={t('rule.segment')}
            value={segment}
            none={t('customers.everySegment')}
            onChange={next => go(next ? `/customers?segment=${encodeURIComponent(next)}` : '/customers')}
          />
        </div>
      </div>
      <div className="card">
        <Answered of={customers} lines={8}>
          {rows =>
            rows.length === 0 ? (
              <Empty
                icon={Users}
                title={q || segment ? t('common.nothingMatches') : t('customers.empty')}
                actions={<LinkButton to="/imports">{t('customers.import')}</LinkButton>}
              >
                {t('customers.emptyLead')}
              </Empty>
            ) : (
              <Rows
                rows={rows}
                keyOf={row => row.externalId}
                more={customers}
                columns={[
                  {
                    title: t('customers.id'),
                    cell: row => (
                      <Link href={`/customers/${encodeURIComponent(row.externalId)}`} className="strong">
                        {row.externalId}
                      </Link>
                    ),
                  },
                  { title: t('customers.name'), cell: row => nameOf(row) },
                  {
                    title: t('channel.email'),
                    cell: row => <span className="quiet">{row.email}</span>,
                    width: 'minmax(150px, 1.4fr)',
                    wide: true,
                  },
                  { title: t('customers.phone'), wide: true, cell: row => <span className="quiet">{row.phone}</span> },
                  { title: t('customers.since'), wide: true, cell: row => <span className="quiet">{date(row.createdAt)}</span> },
                ]}
              />
            )
          }
        </Answered>
      </div>
    </>
  )
}
