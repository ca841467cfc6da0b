import { KeyRound, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Role } from '../../../api/contract.ts'
import { api } from '../../api/client.ts'
import { type Page, refresh, useApi } from '../../api/queries.ts'
import { Badge, Button, Card, Empty, IconButton, Notice, Select, TextField } from '../../parts/basics.tsx'
import { Confirm } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { useNow } from '../../parts/state.ts'
import { Table } from '../../parts/table.tsx'
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
  const keys = useApi<Page<Key>>('/v1/keys?of=programs&limit=500', ['settings'])
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('ingest')
  const [made, setMade] = useState<string>()
  const [error, setError] = useState<unknown>()
  const [doomed, setDoomed] = useState<Key>()
  const make = () =>
    api.post<Key & { key: string }>('/v1/keys', { name, role }).then(async answer => {
      setMade(answer.key)
      setName('')
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
          {({ data }) =>
            data.length === 0 ? (
              <Empty icon={KeyRound} title={t('keys.empty')}>
                {t('keys.emptyLead')}
              </Empty>
            ) : (
              <Table
                label={t('settings.keys')}
                rows={data}
                keyOf={key => key.id}
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
                  { title: t('keys.since'), quiet: true, cell: key => date(key.createdAt) },
                  {
                    title: t('keys.used'),
                    quiet: true,
                    cell: key => (key.lastUsedAt ? ago(key.lastUsedAt, now) : t('keys.never')),
                  },
                  {
                    title: t('common.actions'),
                    silent: true,
                    cell: key => (
                      <IconButton icon={Trash2} label={t('keys.revoke', { name: key.name })} onClick={() => setDoomed(key)} />
                    ),
                  },
                ]}
              />
            )
          }
        </Answered>
      </Card>
      <Confirm
        open={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        title={t('keys.revoke', { name: doomed?.name ?? '' })}
        lead={t('keys.revokeLead')}
        action={t('keys.revokeGo')}
        danger
        run={async () => {
          await api.delete(`/v1/keys/${doomed?.id}`)
          await refresh('/v1/keys')
        }}
      />
    </div>
  )
}
