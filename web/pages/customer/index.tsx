import { Download, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { api } from '../../api/client.ts'
import { refresh, useApi } from '../../api/queries.ts'
import { Badge, Button, Card, Notice, PageHead } from '../../parts/basics.tsx'
import { Confirm } from '../../parts/overlays.tsx'
import { Answered } from '../../parts/problem.tsx'
import { toast } from '../../parts/toast.tsx'
import { useMay } from '../../session.ts'
import { useTitle } from '../../shell.tsx'
import { useWords } from '../../texts/index.ts'
import { type CustomerView, nameOf } from '../customers.tsx'
import { Consents } from './consents.tsx'
import { Rewards } from './rewards.tsx'
import { Scores } from './scores.tsx'
import { Timeline } from './timeline.tsx'
import { Why } from './why.tsx'

export interface KnownCustomer extends CustomerView {
  lastSeenAt: string | null
  account: { key: string } | null
  subscription: Record<string, unknown> | null
  consents: {
    channel: 'email' | 'sms' | 'inApp'
    topic?: string
    status: 'subscribed' | 'unsubscribed'
    source: string
    at: string
  }[]
  events: { event: string; count: number; firstAt: string; lastAt: string; sum: number }[]
}

/** Everything about one person, and what can be done for them. */
export default function Customer({ id }: { id: string }) {
  const customer = useApi<KnownCustomer>(`/v1/customers/${encodeURIComponent(id)}`, ['customers', 'events'], { keep: true })
  useTitle(id)
  return (
    <Answered of={customer} lines={8}>
      {data => <Known customer={data} />}
    </Answered>
  )
}

function Known({ customer }: { customer: KnownCustomer }) {
  const { t, ago, date } = useWords()
  const mayManage = useMay('manage')
  const [doomed, setDoomed] = useState(false)
  const [, go] = useLocation()
  const path = `/v1/customers/${encodeURIComponent(customer.externalId)}`
  return (
    <>
      <PageHead
        crumb={['/customers', t('nav.customers')]}
        title={nameOf(customer) || customer.externalId}
        lead={
          <>
            {customer.externalId} · {t('customer.since', { at: date(customer.createdAt) })}
            {customer.lastSeenAt && ` · ${t('customer.seen', { ago: ago(customer.lastSeenAt) })}`}
          </>
        }
        actions={
          mayManage && (
            <>
              <a className="button" href={`${path}/export`} download={`${customer.externalId}.json`}>
                <Download size={15} aria-hidden /> {t('customer.export')}
              </a>
              <Button look="danger" icon={Trash2} onClick={() => setDoomed(true)}>
                {t('customer.erase')}
              </Button>
            </>
          )
        }
      />
      <div className="customer">
        <div className="stack">
          <Why customer={customer.externalId} />
          <Timeline customer={customer.externalId} />
        </div>
        <div className="stack">
          <Profile customer={customer} />
          <Scores customer={customer.externalId} />
          <Consents customer={customer} />
          <Rewards customer={customer.externalId} />
          <Events customer={customer} />
        </div>
      </div>
      <Confirm
        open={doomed}
        onClose={() => setDoomed(false)}
        title={t('customer.eraseTitle', { name: customer.externalId })}
        lead={<Notice look="warn">{t('customer.eraseLead')}</Notice>}
        action={t('customer.eraseGo')}
        type={customer.externalId}
        danger
        run={async () => {
          await api.delete(path, customer.version)
          toast(t('customer.erased'))
          go('/customers', { replace: true })
          await refresh('/v1/customers?')
        }}
      />
    </>
  )
}

function Profile({ customer }: { customer: KnownCustomer }) {
  const { t, maybe, date } = useWords()
  const own = [
    [t('channel.email'), customer.email],
    [t('customers.phone'), customer.phone],
    [t('customer.zone'), customer.timezone],
    [t('customer.locale'), customer.locale],
  ] as const
  const { subscription } = customer
  return (
    <Card title={t('customer.profile')} actions={customer.anonymous && <Badge>{t('customer.anonymous')}</Badge>}>
      <dl className="facts">
        {own.map(([key, value]) => value && <Fact key={key} name={key} value={value} />)}
        {subscription && (
          <Fact
            name={t('rule.subscription')}
            value={
              <>
                <Badge look={subscription.status === 'active' ? 'good' : undefined}>
                  {maybe(`subscription.${subscription.status}`, String(subscription.status))}
                </Badge>{' '}
                {subscription.plan ? String(subscription.plan) : ''}{' '}
                {typeof subscription.renewsAt === 'string' && (
                  <span className="quiet">{t('customer.renews', { at: date(subscription.renewsAt) })}</span>
                )}
              </>
            }
          />
        )}
        {Object.entries(customer.attributes).map(([key, value]) => (
          <Fact key={key} name={key} value={typeof value === 'string' ? value : JSON.stringify(value)} />
        ))}
      </dl>
    </Card>
  )
}

function Fact({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}

function Events({ customer }: { customer: KnownCustomer }) {
  const { t, number, ago } = useWords()
  if (customer.events.length === 0) return null
  return (
    <Card title={t('customer.events')}>
      <ul className="stack tight">
        {customer.events.slice(0, 12).map(each => (
          <li key={each.event} className="row">
            <span className="grow">{each.event}</span>
            <span className="num">{number(each.count)}×</span>
            <span className="small quiet">{ago(each.lastAt)}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
