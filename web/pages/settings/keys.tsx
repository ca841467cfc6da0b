import { KeyRound, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Role } from '../../../api/contract.ts'
import { api } from '../../api/client.ts'
import { refresh, usePages } from '../../api/queries.ts'
import { Badge, Button, Card, Empty, IconButton, Notice, Select, TextField } from '../../parts/basics.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { useRemoval } from '../../parts/removal.tsx'
import { Rows } from '../../parts/rows.tsx'
import { useKept, useNow } from '../../parts/state.ts'
import { useWords } from '../../texts/index.ts'

interface Key {
  id: string
  name: string
  role: Role
  createdAt: string
  lastUsedAt: string | null
}

const roles = ['ingest', 'viewer', 'author', 'approver', 'owner'] as const

/** Keys for programs, each with a role; people are the team. */
export function Keys() {
  const { t, date, ago } = useWords()
  const now = useNow()
  const keys = usePages<Key>('/v1/keys', { of: 'programs' }, ['settings'], 100)
  const [name = '', setName] = useKept<string | undefined>('new.key', undefined)
  const [role, setRole] = useState<Role>('ingest')
  const [made, setMade] = useState<string>()
  const [error, setError] = useState<unknown>()
  const removal = useRemoval<Key>({
    title: key => t('keys.revoke', { name: key.name }),
    lead: t('keys.revokeLead'),
    action: t('keys.revokeGo'),
    pathOf: key => `/v1/keys/${key.id}`,
    list: '/v1/keys',
  })
  const make = () =>
    api.post<Key & { key: string }>('/v1/keys', { name, role }).then(async answer => {
      setMade(answer.key)
      setName(undefined)
      setError(undefined)
      await refresh('/v1/keys')
    }, setError)
  return (
    <div className="stack">
      <Card title={t('keys.new')}>
        <div className="stack">
          <div className="row top">
            <TextField label={t('keys.name')} hint={t('keys.nameHint')} value={name} onChange={setName} />
            <Select
              label={t('keys.role')}
              value={role}
              hint={t(`keys.${role}`)}
              options={roles.map(each => [each, t(`role.${each}`)] as const)}
              onChange={setRole}
            />
            <Button look="primary" disabled={!name.trim()} onClick={() => void make()} style={{ marginTop: 24 }}>
              {t('keys.make')}
            </Button>
          </div>
          {made && (
            <Notice look="good">
              {t('keys.made')} <code>{made}</code>
            </Notice>
          )}
          <ProblemNotice error={error} />
        </div>
      </Card>
      <Card title={t('settings.keys')} pad={false}>
        <Answered of={keys}>
          {data =>
            data.length === 0 ? (
              <Empty icon={KeyRound} title={t('keys.empty')}>
                {t('keys.emptyLead')}
              </Empty>
            ) : (
              <Rows
                label={t('settings.keys')}
                rows={data}
                keyOf={key => key.id}
                more={keys}
                columns={[
                  {
                    title: t('keys.name'),
                    cell: key => (
                      <>
                        {key.name} <span className="quiet small">{key.id}</span>
                      </>
                    ),
                  },
                  { title: t('keys.role'), cell: key => <Badge>{t(`role.${key.role}`)}</Badge> },
                  { title: t('keys.since'), wide: true, cell: key => <span className="quiet">{date(key.createdAt)}</span> },
                  {
                    title: t('keys.used'),
                    wide: true,
                    cell: key => <span className="quiet">{key.lastUsedAt ? ago(key.lastUsedAt, now) : t('keys.never')}</span>,
                  },
                  {
                    title: <span className="hidden-text">{t('common.actions')}</span>,
                    width: '32px',
                    cell: key => (
                      <IconButton icon={Trash2} label={t('keys.revoke', { name: key.name })} onClick={() => removal.ask(key)} />
                    ),
                  },
                ]}
              />
            )
          }
        </Answered>
      </Card>
      {removal.dialog}
    </div>
  )
}
