import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { api } from '../api/client.ts'
import { refresh, usePages } from '../api/queries.ts'
import { Button, Card, Empty, Notice, PageHead } from '../parts/basics.tsx'
import { Feed } from '../parts/feed.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { MessageStatus } from '../parts/status.tsx'
import { useMay } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'
import type { LedgerRow } from './campaign/messages.tsx'

interface Entry extends LedgerRow {
  campaign: string
  uncertainAt?: string
  wouldSettle?: string[]
}

/** Sends whose provider gave no clear answer: nothing is sent twice on a guess, so a person may look. */
export default function Uncertain() {
  const { t } = useWords()
  useTitleOf('nav.uncertain')
  return (
    <>
      <PageHead title={t('nav.uncertain')} lead={t('uncertain.lead')} />
      <div className="stack loose">
        <List status="uncertain" />
        <List status="held" />
      </div>
    </>
  )
}

function List({ status }: { status: 'uncertain' | 'held' }) {
  const { t, time } = useWords()
  const list = usePages<Entry>('/v1/messages', { status }, ['messages'])
  const mayLaunch = useMay('launch')
  const [error, setError] = useState<unknown>()
  const [sure, setSure] = useState<string>()
  const sendAgain = (id: string) =>
    api.post(`/v1/messages/${id}/send-again`, undefined).then(() => {
      setSure(undefined)
      return refresh('/v1/messages')
    }, setError)
  const settle = (id: string, as: 'accepted' | 'notAccepted') =>
    api.post(`/v1/messages/${id}/settle`, { as }).then(() => refresh('/v1/messages'), setError)
  return (
    <Card title={t(`uncertain.${status}`)} pad={false}>
      <ProblemNotice error={error} />
      <Answered of={list}>
        {rows =>
          rows.length === 0 ? (
            <Empty icon={ShieldCheck} title={t('uncertain.none')}>
              {t(`uncertain.${status}Lead`)}
            </Empty>
          ) : (
            <Feed label={t(`uncertain.${status}`)} items={rows} keyOf={row => row.id} classOf={() => 'column'} more={list}>
              {row => (
                <>
                  <div className="row">
                    <Link href={`/customers/${encodeURIComponent(row.customer)}`} className="strong">
                      {row.customer}
                    </Link>
                    <Link href={`/campaigns/${row.campaign}/messages?step=${encodeURIComponent(row.step)}`} className="small">
                      {row.campaign} · {row.step}
                    </Link>
                    <MessageStatus status={row.status} />
                    <span className="small quiet grow">{time(row.uncertainAt ?? row.createdAt)}</span>
                    {mayLaunch && (
                      <>
                        <Button small onClick={() => void settle(row.id, 'accepted')}>
                          {t('uncertain.accepted')}
                        </Button>
                        <Button small onClick={() => void settle(row.id, 'notAccepted')}>
                          {t('uncertain.notAccepted')}
                        </Button>
                        {status === 'held' && (
                          <Button small onClick={() => setSure(row.id)}>
                            {t('uncertain.again')}
                          </Button>
                        )}
                      </>
                    )}
                  </div>
                  {sure === row.id && (
                    <Notice>
                      {t('uncertain.againLead')}
                      <div className="row">
                        <Button small onClick={() => void sendAgain(row.id)}>
                          {t('uncertain.againSure')}
                        </Button>
                        <Button small onClick={() => setSure(undefined)}>
                          {t('common.cancel')}
                        </Button>
                      </div>
                    </Notice>
                  )}
                  {row.wouldSettle && (
                    <Notice>
                      {t('uncertain.wouldSettle')}
                      <ul className="small" style={{ listStyle: 'disc', paddingInlineStart: 18 }}>
                        {row.wouldSettle.map(each => (
                          <li key={each}>{each}</li>
                        ))}
                      </ul>
                    </Notice>
                  )}
                </>
              )}
            </Feed>
          )
        }
      </Answered>
    </Card>
  )
}
