import { useState } from 'react'
import type { Settings } from '../../../api/contract.ts'
import { api } from '../../api/client.ts'
import { refresh, useApi } from '../../api/queries.ts'
import { Button, Card } from '../../parts/basics.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { useMay } from '../../session.ts'
import { useWords } from '../../texts/index.ts'
import type { KnownCustomer } from './index.tsx'

const channels = ['email', 'sms', 'inApp'] as const

/** What they allow, by channel and topic, and since when. */
export function Consents({ customer }: { customer: KnownCustomer }) {
  const { t, date } = useWords()
  const settings = useApi<Settings>('/v1/settings', ['settings'])
  const mayManage = useMay('manage')
  const [error, setError] = useState<unknown>()
  const lines = [
    ...channels.map(channel => ({ channel, topic: undefined as string | undefined, name: t(`channel.${channel}`) })),
    ...customer.consents
      .filter(each => each.topic)
      .map(each => ({ channel: each.channel, topic: each.topic, name: `${t(`channel.${each.channel}`)} · ${each.topic}` })),
  ]
  const put = (channel: string, topic: string | undefined, status: string) =>
    api
      .put(`/v1/customers/${encodeURIComponent(customer.externalId)}/consents`, {
        channel,
        status,
        source: 'page',
        ...(topic ? { topic } : {}),
      })
      .then(() => refresh(`/v1/customers/${encodeURIComponent(customer.externalId)}`), setError)
  return (
    <Card title={t('customer.consents')}>
      <ul className="stack tight">
        {lines.map(({ channel, topic, name }) => {
          const said = customer.consents.find(each => each.channel === channel && each.topic === topic)
          const next = said?.status === 'subscribed' ? 'unsubscribed' : 'subscribed'
          return (
            <li key={name} className="row" style={{ flexWrap: 'nowrap' }}>
              <div className="grow">
                {name}
                <p className="small quiet">
                  {said
                    ? t('customer.said', { status: t(`consent.${said.status}`), source: said.source, at: date(said.at) })
                    : settings.data?.consent[channel] === 'explicit'
                      ? t('customer.explicit')
                      : t('customer.implied')}
                </p>
              </div>
              {mayManage && (
                <Button small onClick={() => void put(channel, topic, said ? next : 'unsubscribed')}>
                  {said?.status === 'unsubscribed' ? t('customer.subscribe') : t('customer.unsubscribe')}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      <ProblemNotice error={error} />
    </Card>
  )
}
