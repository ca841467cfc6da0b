import { Sprout } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { SessionView } from '../../api/contract.ts'
import { api, Refusal } from '../api/client.ts'
import { Button, Notice, TextField } from '../parts/basics.tsx'
import { ProblemNotice } from '../parts/problem.tsx'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

/** The way in for who has no link: a key becomes a session, and is not kept. */
export function SignIn({ over, done }: { over: boolean; done: (session: SessionView) => void }) {
  const { t } = useWords()
  const [key, setKey] = useState('')
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  useTitleOf('signIn.title')
  const go = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    api
      .post<SessionView>('/v1/session', { key })
      .then(done, setError)
      .finally(() => setBusy(false))
  }
  const refused = error instanceof Refusal && error.status === 401
  return (
    <main className="sign">
      <form onSubmit={go}>
        <h1>
          <Sprout size={28} aria-hidden style={{ color: 'var(--accent)' }} /> Perennial
        </h1>
        <p className="quiet">{t('signIn.lead')}</p>
        {over && <Notice>{t('signIn.over')}</Notice>}
        {location.search === '?expired' && <Notice look="warn">{t('signIn.expired')}</Notice>}
        <TextField
          label={t('signIn.key')}
          type="password"
          value={key}
          onChange={setKey}
          autoComplete="current-password"
          required
          fault={refused ? error.problem.detail : undefined}
          hint={t('signIn.hint')}
        />
        {!refused && <ProblemNotice error={error} />}
        <Button look="primary" type="submit" disabled={busy || !key}>
          {t('signIn.go')}
        </Button>
      </form>
    </main>
  )
}
