import { Ban, Search } from 'lucide-react'
import { useState } from 'react'
import { api, pathOf, Refusal } from '../../api/client.ts'
import { type Page, refresh, useApi, usePages } from '../../api/queries.ts'
import { Badge, Button, Card, Empty, Notice, Select, TextField } from '../../parts/basics.tsx'
import { Dialog } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { Rows } from '../../parts/rows.tsx'
import { toast } from '../../parts/toast.tsx'
import { useMay } from '../../session.ts'
import { useWords } from '../../texts/index.ts'

interface Suppression {
  channel: 'email' | 'sms'
  reason: string
  source: string
  at: string
  hash: string
}
interface Name {
  channel: 'email' | 'sms'
  address: string
}

/** Addresses that must not be written to: looked up, added, and taken off with a reason. The addresses themselves are not kept. */
export function Suppressions() {
  const { t } = useWords()
  const [channel, setChannel] = useState<'email' | 'sms'>('email')
  const [address, setAddress] = useState('')
  const [asked, setAsked] = useState<Name>()
  const mayManage = useMay('manage')
  const [error, setError] = useState<unknown>()
  const fault = error instanceof Refusal ? error.at('/address') : undefined
  const add = () =>
    void api.post('/v1/suppressions', { channel, address }).then(async () => {
      setError(undefined)
      setAsked({ channel, address })
      await refresh('/v1/suppressions')
      toast(t('suppressed.added'))
    }, setError)
  return (
    <div className="stack">
      <Card title={t('suppressed.look')}>
        <form
          className="stack"
          onSubmit={event => {
            event.preventDefault()
            setError(undefined)
            if (address.trim()) setAsked({ channel, address: address.trim() })
          }}
        >
          <p className="quiet">{t('suppressed.lead')}</p>
          <div className="row top">
            <Select
              label={t('rule.channel')}
              value={channel}
              options={(['email', 'sms'] as const).map(each => [each, t(`channel.${each}`)] as const)}
              onChange={setChannel}
            />
            <TextField label={t('suppressed.address')} value={address} fault={fault} onChange={setAddress} autoComplete="off" />
            <Button type="submit" icon={Search} disabled={!address.trim()} style={{ marginTop: 24 }}>
              {t('suppressed.lookGo')}
            </Button>
            {mayManage && (
              <Button icon={Ban} disabled={!address.trim()} onClick={add} style={{ marginTop: 24 }}>
                {t('suppressed.add')}
              </Button>
            )}
          </div>
          {!fault && <ProblemNotice error={error} />}
        </form>
        {asked && <Found key={asked.channel + asked.address} asked={asked} mayLift={mayManage} />}
      </Card>
      <List />
    </div>
  )
}

function Found({ asked, mayLift }: { asked: Name; mayLift: boolean }) {
  const { t, maybe, time } = useWords()
  const found = useApi<Page<Suppression>>(pathOf('/v1/suppressions', { ...asked }), ['suppressions'])
  const [lifting, setLifting] = useState(false)
  return (
    <div style={{ marginTop: 14 }}>
      <Answered of={found} lines={1}>
        {({ data: [row] }) =>
          row ? (
            <Notice look="warn">
              {t('suppressed.is', {
                address: asked.address,
                reason: maybe(`suppressed.${row.reason}`, row.reason),
                at: time(row.at),
              })}{' '}
              {mayLift && (
                <Button small onClick={() => setLifting(true)}>
                  {t('suppressed.lift')}
                </Button>
              )}
            </Notice>
          ) : (
            <Notice look="good">{t('suppressed.isNot', { address: asked.address })}</Notice>
          )
        }
      </Answered>
      {lifting && <Lift asked={asked} onClose={() => setLifting(false)} />}
    </div>
  )
}

function Lift({ asked, onClose }: { asked: Name; onClose: () => void }) {
  const { t } = useWords()
  const [reason, setReason] = useState('')
  const [error, setError] = useState<unknown>()
  const go = () =>
    void api.delete(pathOf('/v1/suppressions', { ...asked, reason: reason.trim() })).then(async () => {
      await refresh('/v1/suppressions')
      toast(t('suppressed.lifted'))
      onClose()
    }, setError)
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('suppressed.liftTitle', { address: asked.address })}
      lead={t('suppressed.liftLead')}
      onSubmit={() => reason.trim() && go()}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="danger" disabled={!reason.trim()}>
            {t('suppressed.lift')}
          </Button>
        </>
      }
    >
      <TextField
        label={t('suppressed.why')}
        hint={t('suppressed.whyHint')}
        value={reason}
        maxLength={200}
        onChange={setReason}
        autoComplete="off"
      />
      <ProblemNotice error={error} />
    </Dialog>
  )
}

function List() {
  const { t, maybe, time } = useWords()
  const [channel, setChannel] = useState('')
  const list = usePages<Suppression>('/v1/suppressions', { channel }, ['suppressions'], 100)
  return (
    <Card
      title={t('settings.suppressions')}
      pad={false}
      actions={
        <Select
          quiet
          label={t('rule.channel')}
          value={channel}
          options={[
            ['', t('outbox.every')] as const,
            ...(['email', 'sms'] as const).map(each => [each as string, t(`channel.${each}`)] as const),
          ]}
          onChange={setChannel}
        />
      }
    >
      <Answered of={list}>
        {rows =>
          rows.length === 0 ? (
            <Empty icon={Ban} title={t('suppressed.empty')}>
              {t('suppressed.emptyLead')}
            </Empty>
          ) : (
            <Rows
              rows={rows}
              keyOf={row => row.channel + row.hash}
              more={list}
              columns={[
                {
                  title: t('messages.at'),
                  width: 'minmax(172px, 1fr)',
                  cell: row => <span className="quiet">{time(row.at)}</span>,
                },
                { title: t('rule.channel'), cell: row => t(`channel.${row.channel}`) },
                { title: t('suppressed.reason'), cell: row => <Badge>{maybe(`suppressed.${row.reason}`, row.reason)}</Badge> },
                { title: t('suppressed.source'), cell: row => row.source },
                { title: t('suppressed.hash'), cell: row => <code className="small quiet">{row.hash.slice(0, 16)}…</code> },
              ]}
            />
          )
        }
      </Answered>
    </Card>
  )
}
