import { Link2, MoreHorizontal, Trash2, UserPlus, Users } from 'lucide-react'
import { useState } from 'react'
import type { Role } from '../../../api/contract.ts'
import { api } from '../../api/client.ts'
import { refresh, usePages } from '../../api/queries.ts'
import { Badge, Button, Card, Empty, IconButton, Notice, Select, TextField } from '../../parts/basics.tsx'
import { Confirm, Menu } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { useRemoval } from '../../parts/removal.tsx'
import { Rows } from '../../parts/rows.tsx'
import { useKept, useNow } from '../../parts/state.ts'
import { toast } from '../../parts/toast.tsx'
import type { Paged } from '../../parts/virtual.ts'
import { useSession } from '../../session.ts'
import { useWords } from '../../texts/index.ts'

type PersonRole = Exclude<Role, 'ingest'>
interface Person {
  id: string
  name: string
  role: PersonRole
  you: boolean
  createdAt: string
  lastUsedAt: string | null
}
interface Invitation {
  name: string
  link: string
  until: string
}

const roles = ['viewer', 'author', 'approver', 'owner'] as const

/** The people who use this page, and what each may do. */
export function Team() {
  const { t } = useWords()
  const team = usePages<Person>('/v1/team', {}, ['settings'], 100)
  const [invited, setInvited] = useState<Invitation>()
  return (
    <div className="stack">
      <Invite done={setInvited} />
      {invited && <LinkNotice invited={invited} />}
      <Card title={t('settings.team')} pad={false}>
        <Answered of={team}>
          {data =>
            data.length === 0 ? (
              <Empty icon={Users} title={t('team.empty')}>
                {t('team.emptyLead')}
              </Empty>
            ) : (
              <People people={data} more={team} linked={setInvited} />
            )
          }
        </Answered>
      </Card>
      <p className="small quiet">{t('team.ownerKey')}</p>
    </div>
  )
}

function Invite({ done }: { done: (invited: Invitation) => void }) {
  const { t } = useWords()
  const [name = '', setName] = useKept<string | undefined>('new.person', undefined)
  const [role, setRole] = useState<PersonRole>('author')
  const [error, setError] = useState<unknown>()
  const make = () =>
    void api.post<Person & Invitation>('/v1/team', { name, role }).then(async made => {
      done(made)
      setName(undefined)
      setError(undefined)
      await refresh('/v1/team')
    }, setError)
  return (
    <Card title={t('team.invite')}>
      <form
        className="stack"
        onSubmit={event => {
          event.preventDefault()
          if (name.trim()) make()
        }}
      >
        <div className="row top">
          <TextField label={t('keys.name')} value={name} onChange={setName} autoComplete="off" />
          <Select
            label={t('keys.role')}
            value={role}
            hint={t(`keys.${role}`)}
            options={roles.map(each => [each, t(`role.${each}`)] as const)}
            onChange={setRole}
          />
          <Button look="primary" icon={UserPlus} type="submit" disabled={!name.trim()} style={{ marginTop: 24 }}>
            {t('team.inviteGo')}
          </Button>
        </div>
        <ProblemNotice error={error} />
      </form>
    </Card>
  )
}

function LinkNotice({ invited }: { invited: Invitation }) {
  const { t, date } = useWords()
  return (
    <Notice look="good">
      {t('team.link', { name: invited.name, until: date(invited.until) })}{' '}
      <code style={{ overflowWrap: 'anywhere' }}>{invited.link}</code>{' '}
      <Button small onClick={() => void navigator.clipboard?.writeText(invited.link).then(() => toast(t('team.copied')))}>
        {t('team.copy')}
      </Button>
    </Notice>
  )
}

function People({ people, more, linked }: { people: Person[]; more: Paged; linked: (invited: Invitation) => void }) {
  const { t, date, ago } = useWords()
  const now = useNow()
  const session = useSession()
  const [error, setError] = useState<unknown>()
  const removal = useRemoval<Person>({
    title: person => t('team.remove', { name: person.name }),
    lead: t('team.removeLead'),
    pathOf: person => `/v1/team/${person.id}`,
    list: '/v1/team',
  })
  const [renamed, setRenamed] = useState<Person>()
  const change = async (person: Person, to: { name?: string; role?: PersonRole }) => {
    setError(undefined)
    await api.patch(`/v1/team/${person.id}`, to)
    await refresh('/v1/team')
    toast(t('common.saved'))
  }
  const link = (person: Person) =>
    void api
      .post<Omit<Invitation, 'name'>>(`/v1/team/${person.id}/link`)
      .then(made => linked({ ...made, name: person.name }), setError)
  return (
    <>
      <ProblemNotice error={error} />
      <Rows
        label={t('settings.team')}
        rows={people}
        keyOf={person => person.id}
        more={more}
        columns={[
          {
            title: t('keys.name'),
            width: 'minmax(100px, 1.4fr)',
            cell: person => (
              <>
                <strong>{person.name}</strong> {person.you && <Badge look="info">{t('team.you')}</Badge>}
              </>
            ),
          },
          {
            title: t('keys.role'),
            cell: person => (
              <Select
                quiet
                label={t('team.roleOf', { name: person.name })}
                value={person.role}
                disabled={person.you || person.id === session.name}
                options={roles.map(each => [each, t(`role.${each}`)] as const)}
                onChange={role => void change(person, { role }).catch(setError)}
              />
            ),
          },
          { title: t('keys.since'), wide: true, cell: person => <span className="quiet">{date(person.createdAt)}</span> },
          {
            title: t('keys.used'),
            wide: true,
            cell: person => <span className="quiet">{person.lastUsedAt ? ago(person.lastUsedAt, now) : t('keys.never')}</span>,
          },
          {
            title: <span className="hidden-text">{t('common.actions')}</span>,
            width: '32px',
            cell: person => (
              <Menu
                trigger={<IconButton icon={MoreHorizontal} label={t('campaigns.actionsOf', { name: person.name })} />}
                entries={[
                  { text: t('team.rename'), run: () => setRenamed(person) },
                  { text: t('team.newLink'), icon: Link2, run: () => link(person) },
                  { text: t('common.remove'), icon: Trash2, danger: true, disabled: person.you, run: () => removal.ask(person) },
                ]}
              />
            ),
          },
        ]}
      />
      {renamed && <Rename person={renamed} save={name => change(renamed, { name })} onClose={() => setRenamed(undefined)} />}
      {removal.dialog}
    </>
  )
}

function Rename({ person, save, onClose }: { person: Person; save: (name: string) => Promise<void>; onClose: () => void }) {
  const { t } = useWords()
  const [name = person.name, setName] = useKept<string | undefined>(`rename.${person.id}`, undefined)
  return (
    <Confirm
      open
      onClose={() => {
        setName(undefined)
        onClose()
      }}
      title={t('team.rename')}
      lead={<TextField label={t('keys.name')} value={name} onChange={setName} autoComplete="off" />}
      action={t('common.save')}
      run={() => save(name)}
    />
  )
}
