import { Send } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { api, Refusal } from '../api/client.ts'
import { refresh } from '../api/queries.ts'
import { useSession } from '../session.ts'
import { useWords } from '../texts/index.ts'
import { Button, Notice, TextField } from './basics.tsx'
import { ProblemNotice } from './problem.tsx'

interface Tested {
  provider: string
  to: string
  outcome: 'accepted' | 'refused' | 'later' | 'unclear'
  detail?: string
}

const looks = { accepted: 'good', refused: 'bad', later: 'warn', unclear: 'warn' } as const

/** One message to one address through the channel itself; `message` says which, else it is a few words of its own. */
export function TestSendForm({ channel, message }: { channel: 'email' | 'sms'; message?: Record<string, string> }) {
  const { t } = useWords()
  const { channels } = useSession()
  const [to, setTo] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [said, setSaid] = useState<Tested>()
  const fault = error instanceof Refusal ? error.at('/to') : undefined
  const go = () => {
    setBusy(true)
    setError(undefined)
    setSaid(undefined)
    api
      .post<Tested>('/v1/settings/test-send', { channel, to, ...(message ? { message } : {}) })
      .then(answer => {
        setSaid(answer)
        return refresh('/v1/outbox', '/v1/audit')
      }, setError)
      .finally(() => setBusy(false))
  }
  return (
    <form
      className="stack tight"
      onSubmit={event => {
        event.preventDefault()
        event.stopPropagation()
        if (to.trim() && !busy) go()
      }}
    >
      <div className="row top">
        <TextField
          label={t(channel === 'email' ? 'test.email' : 'test.phone')}
          type={channel === 'email' ? 'email' : 'tel'}
          value={to}
          fault={fault}
          onChange={setTo}
          autoComplete="off"
        />
        <Button type="submit" icon={Send} disabled={busy || !to.trim()} style={{ marginTop: 24 }}>
          {t('test.send')}
        </Button>
      </div>
      {said && (
        <Notice look={looks[said.outcome]}>
          {said.provider === 'sandbox' && said.outcome === 'accepted' ? (
            <>
              {t('test.sandbox')} <Link href="/outbox">{t('nav.outbox')}</Link>
            </>
          ) : (
            t(`test.${said.outcome}`, { provider: t(`provider.${channels[channel] as 'sendgrid'}`), to: said.to })
          )}{' '}
          {said.detail && <span className="quiet">{said.detail}</span>}
        </Notice>
      )}
      {!fault && <ProblemNotice error={error} />}
    </form>
  )
}
