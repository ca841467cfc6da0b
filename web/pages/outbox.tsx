import { Inbox as InboxIcon } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useSearch } from 'wouter'
import { api } from '../api/client.ts'
import { refresh, usePages } from '../api/queries.ts'
import { Inbox, Mail, Sms } from '../journey/rendered.tsx'
import { Button, Empty, PageHead, Segmented, Select } from '../parts/basics.tsx'
import { Feed } from '../parts/feed.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { useNow } from '../parts/state.ts'
import { MessageStatus } from '../parts/status.tsx'
import { useMay } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

export interface OutboxItem {
  message: string
  channel: 'email' | 'sms' | 'inApp'
  to: string
  title: string
  content: Record<string, string>
  at: string
  /** Sent as a test of the channel: of no campaign, to no customer. */
  test: boolean
  customer: string | null
  campaign: { id: string; name: string } | null
  step: string | null
  variant: string | null
  status: string
}

/** What the sandbox would have sent, as its readers would have seen it. */
export default function Outbox() {
  const { t, ago } = useWords()
  const now = useNow(5_000)
  const customer = new URLSearchParams(useSearch()).get('customer') ?? undefined
  const [channel, setChannel] = useState('')
  const [chosen, setChosen] = useState<string>()
  const list = usePages<OutboxItem>('/v1/outbox', { channel, customer }, ['messages'])
  // What was on top when the page opened stays open, however much comes in.
  const [first, setFirst] = useState<string>()
  const top = list.data?.find(each => each.channel === 'email') ?? list.data?.[0]
  useEffect(() => setFirst(now => now ?? top?.message), [top?.message])
  useTitleOf('nav.outbox')
  return (
    <>
      <PageHead title={t('nav.outbox')} lead={t('outbox.lead')} />
      <div className="stack">
        <div style={{ width: 200 }}>
          <Select
            quiet
            label={t('rule.channel')}
            value={channel}
            options={[
              ['', t('outbox.every')] as const,
              ...(['email', 'sms', 'inApp'] as const).map(each => [each as string, t(`channel.${each}`)] as const),
            ]}
            onChange={setChannel}
          />
        </div>
        <Answered of={list} lines={8}>
          {items => {
            const item = items.find(each => each.message === (chosen ?? first)) ?? items[0]
            return item ? (
              <div className="columns-2 read-first">
                <div className="card">
                  <Feed
                    label={t('nav.outbox')}
                    items={items}
                    keyOf={each => each.message}
                    classOf={each => (each === item ? 'chosen' : '')}
                    pressed
                    more={list}
                  >
                    {each => (
                      <>
                        <button
                          type="button"
                          className="feed-open"
                          aria-pressed={each === item}
                          onClick={() => {
                            setChosen(each.message)
                            // On a narrow screen it stands above the list.
                            if (!window.matchMedia('(min-width: 1081px)').matches) window.scrollTo(0, 0)
                          }}
                        >
                          <span className="clip">{each.title}</span>
                          <span className="small quiet clip">
                            {t(`channel.${each.channel}`)} ·{' '}
                            {each.test ? `${t('outbox.test')} · ${each.to}` : `${each.customer} · ${each.campaign?.name}`} ·{' '}
                            {ago(each.at, now)}
                          </span>
                        </button>
                        <MessageStatus status={each.status} />
                      </>
                    )}
                  </Feed>
                </div>
                <Reader key={item.message} item={item} />
              </div>
            ) : (
              <div className="card">
                <Empty icon={InboxIcon} title={t('outbox.empty')}>
                  {t('outbox.emptyLead')}
                </Empty>
              </div>
            )
          }}
        </Answered>
      </div>
    </>
  )
}

function Reader({ item }: { item: OutboxItem }) {
  const { t } = useWords()
  const mayDraft = useMay('draft')
  const [width, setWidth] = useState<'desktop' | 'mobile'>('desktop')
  const [error, setError] = useState<unknown>()
  const { content } = item
  const play = (did: string) => api.post(`/v1/outbox/${item.message}/played`, { did }).then(() => refresh('/v1/outbox'), setError)
  return (
    <aside className="card pad stack" aria-label={t('outbox.reader')} style={{ position: 'sticky', top: 14 }}>
      <p className="small quiet">
        {item.test && `${t('outbox.test')} · ${item.to}`}
        {item.customer !== null && (
          <>
            <Link href={`/customers/${encodeURIComponent(item.customer)}`}>{item.customer}</Link> ·{' '}
          </>
        )}
        {item.campaign && (
          <>
            <Link href={`/campaigns/${item.campaign.id}/live`}>{item.campaign.name}</Link> · {item.step}{' '}
          </>
        )}
        {item.variant && t('journey.variant', { key: item.variant })}
      </p>
      {item.channel === 'email' && (
        <>
          <Segmented
            label={t('preview.width')}
            value={width}
            onChange={setWidth}
            options={[
              ['desktop', t('preview.desktop')],
              ['mobile', t('preview.mobile')],
            ]}
          />
          <Mail
            message={{
              subject: content.subject ?? '',
              preheader: content.preheader ?? null,
              html: content.html ?? content.text ?? '',
              to: item.to,
            }}
            width={width}
          />
        </>
      )}
      {item.channel === 'sms' && <Sms message={{ body: content.body ?? '', to: item.to }} />}
      {item.channel === 'inApp' && (
        <Inbox
          message={{
            title: content.title ?? '',
            body: content.body ?? '',
            action: content.action ?? null,
            actionLabel: content.actionLabel ?? null,
          }}
        />
      )}
      {mayDraft && item.channel !== 'inApp' && !item.test && (
        <div className="stack tight">
          <p className="small quiet">{t('outbox.play')}</p>
          <div className="row">
            {(['opened', 'clicked', 'replied', 'bounced'] as const).map(did => (
              <Button key={did} small onClick={() => void play(did)}>
                {t(`played.${did}`)}
              </Button>
            ))}
          </div>
          <ProblemNotice error={error} />
        </div>
      )}
    </aside>
  )
}
