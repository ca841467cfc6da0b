import { useState } from 'react'
import { Link } from 'wouter'
import { type CampaignView, useApi, usePages } from '../../api/queries.ts'
import { Card, Empty, Segmented } from '../../parts/basics.tsx'
import { Feed } from '../../parts/feed.tsx'
import { Answered } from '../../parts/problem.tsx'
import { MessageStatus } from '../../parts/status.tsx'
import { useWords } from '../../texts/index.ts'

type Line = {
  at: string
  kind: 'event' | 'enrollment' | 'message' | 'engagement' | 'consent' | 'decision' | 'score' | 'profile'
} & Record<string, unknown>

const groups = {
  all: null,
  messages: ['message', 'engagement'],
  events: ['event'],
  campaigns: ['enrollment', 'decision', 'message', 'engagement'],
  consents: ['consent'],
} as const

/** What happened to one customer, newest first. */
export function Timeline({ customer }: { customer: string }) {
  const { t } = useWords()
  const [which, setWhich] = useState<keyof typeof groups>('all')
  const lines = usePages<Line>(`/v1/customers/${encodeURIComponent(customer)}/timeline`, {}, [
    'events',
    'messages',
    'runs',
    'customers',
  ])
  const wanted = groups[which] as readonly string[] | null
  return (
    <Card
      title={t('customer.timeline')}
      actions={
        <Segmented
          label={t('timeline.which')}
          value={which}
          onChange={setWhich}
          options={(Object.keys(groups) as (keyof typeof groups)[]).map(key => [key, t(`timeline.${key}`)] as const)}
        />
      }
    >
      <Answered of={lines}>
        {rows => {
          const shown = wanted ? rows.filter(row => wanted.includes(row.kind)) : rows
          return (
            <>
              {shown.length === 0 && !lines.hasNextPage && <Empty title={t('timeline.empty')} />}
              {/* Lines have no other name than their order. */}
              <Feed
                label={t('customer.timeline')}
                look="timeline"
                items={shown}
                keyOf={(_, i) => String(i)}
                classOf={line => line.kind}
                more={lines}
              >
                {line => <LineOf line={line} />}
              </Feed>
            </>
          )
        }}
      </Answered>
    </Card>
  )
}

function LineOf({ line }: { line: Line }) {
  const { time } = useWords()
  return (
    <>
      <p>
        <Text line={line} />
      </p>
      <p className="small quiet">{time(line.at)}</p>
    </>
  )
}

function CampaignName({ id }: { id: string }) {
  const campaign = useApi<CampaignView>(`/v1/campaigns/${id}`, ['campaigns'])
  return <Link href={`/campaigns/${id}/live`}>{campaign.data?.name ?? id}</Link>
}

function Text({ line }: { line: Line }) {
  const { t, maybe } = useWords()
  const text = (key: string) => (line[key] === undefined ? '' : String(line[key]))
  const campaign = line.campaign ? <CampaignName id={text('campaign')} /> : null
  const channel = line.channel ? maybe(`channel.${line.channel}`, text('channel')) : ''
  switch (line.kind) {
    case 'event': {
      const properties = Object.entries((line.properties ?? {}) as Record<string, unknown>)
      return (
        <>
          <strong>{text('event')}</strong>{' '}
          <span className="small quiet">
            {properties
              .slice(0, 4)
              .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
              .join(' · ')}
          </span>
        </>
      )
    }
    case 'enrollment':
      return (
        <>
          {line.what === 'entered' ? t('timeline.entered') : t('timeline.left')} {campaign}{' '}
          <span className="small quiet">
            {text('variant') && t('journey.variant', { key: text('variant') })}{' '}
            {line.reason ? maybe(`ended.${line.reason}`, text('reason')) : ''}
          </span>
        </>
      )
    case 'message':
      return (
        <>
          {channel} {t('timeline.of')} {campaign}{' '}
          <MessageStatus status={text('status')} reason={line.reason ? text('reason') : undefined} />
        </>
      )
    case 'engagement':
      return (
        <>
          <strong>{maybe(`message.${line.what}`, maybe(`engaged.${line.what}`, text('what')))}</strong>: {channel}{' '}
          {t('timeline.of')} {campaign}
        </>
      )
    case 'consent':
      return (
        <>
          {[channel, text('topic')].filter(Boolean).join(' · ')}:{' '}
          <strong>{maybe(`consent.${line.status}`, text('status'))}</strong> <span className="small quiet">{text('source')}</span>
        </>
      )
    case 'decision':
      return (
        <>
          {maybe(`story.${line.decision}`, text('decision'))} {t('timeline.of')} {campaign}:{' '}
          {maybe(`outcome.${line.outcome}`, text('outcome'))} <span className="small quiet">{text('step')}</span>
        </>
      )
    default:
      return (
        <>
          {maybe(`timeline.${line.kind}`, line.kind)} <span className="small quiet">{text('name')}</span>
        </>
      )
  }
}
