import { KeyRound, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Role } from '../../../api/contract.ts'
import { api } from '../../api/client.ts'
import { type Page, refresh, useApi } from '../../api/queries.ts'
import { Badge, Button, Card, Empty, IconButton, Notice, Select, TextField } from '../../parts/basics.tsx'
import { Confirm } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { useWords } from '../../texts/index.ts'
import { Scroll } from '../results/tables.tsx'

interface Key {
  id: string
  name: string
  role: Role
  createdAt: string
}

const roles = ['author', 'approver', 'viewer', 'ingest', 'owner'] as const

/** Keys for colleagues and programs, each with a role. */
export function Keys() {
  const { t, date } = useWords()
  const keys = useApi<Page<Key>>('/v1/keys?limit=500', ['settings'])
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('author')
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
              <Scroll label={t('settings.keys')}>
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">{t('keys.name')}</th>
                      <th scope="col">{t('keys.role')}</th>
                      <th scope="col">{t('keys.since')}</th>
                      <th scope="col">
                        <span className="hidden-text">{t('common.actions')}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.map(key => (
                      <tr key={key.id}>
                        <td>
                          {key.name} <span className="quiet small">{key.id}</span>
                        </td>
                        <td>
                          <Badge>{t(`role.${key.role}`)}</Badge>
                        </td>
                        <td className="quiet">{date(key.createdAt)}</td>
                        <td style={{ textAlign: 'end' }}>
                          <IconButton icon={Trash2} label={t('keys.revoke', { name: key.name })} onClick={() => setDoomed(key)} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
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
