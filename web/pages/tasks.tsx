import { ListTodo } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { api } from '../api/client.ts'
import { refresh, usePages } from '../api/queries.ts'
import { Badge, Button, Empty, PageHead, Segmented, Select, TextField } from '../parts/basics.tsx'
import { Feed } from '../parts/feed.tsx'
import { Dialog } from '../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { useKept, write } from '../parts/state.ts'
import { toast } from '../parts/toast.tsx'
import { useMay } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

interface Task {
  id: string
  customer: string
  campaign?: string
  title: string
  assignee?: string
  status: 'open' | 'done'
  outcomes: string[]
  outcome?: string
  note?: string
  holdsPromotions: boolean
  createdAt: string
  dueAt?: string
  completedAt?: string
  completedBy?: string
}

/** What journeys ask people to do; where a journey waits for it, it goes on by what came of it. */
export default function Tasks() {
  const { t, date } = useWords()
  const [status, setStatus] = useState<'open' | 'done'>('open')
  // What is being written outlives a reload: which task it is of, and the note.
  const [chosenId, setChosen] = useKept<string | undefined>('task', undefined)
  const mayDraft = useMay('draft')
  const list = usePages<Task>('/v1/tasks', { status }, ['tasks'])
  const chosen = list.data?.find(each => each.id === chosenId && each.status === 'open')
  useTitleOf('nav.tasks')
  return (
    <>
      <PageHead title={t('nav.tasks')} lead={t('tasks.lead')} />
      <div className="stack">
        <Segmented
          label={t('messages.status')}
          value={status}
          onChange={setStatus}
          options={(['open', 'done'] as const).map(each => [each, t(`tasks.${each}`)] as const)}
        />
        <div className="card">
          <Answered of={list}>
            {rows =>
              rows.length === 0 ? (
                <Empty icon={ListTodo} title={t('tasks.empty')}>
                  {t('tasks.emptyLead')}
                </Empty>
              ) : (
                <Feed label={t('nav.tasks')} items={rows} keyOf={task => task.id} more={list}>
                  {task => (
                    <>
                      <div className="grow">
                        <strong>{task.title}</strong> {task.holdsPromotions && <Badge look="warn">{t('tasks.holds')}</Badge>}
                        <p className="small quiet">
                          <Link href={`/customers/${encodeURIComponent(task.customer)}`}>{task.customer}</Link>
                          {task.assignee && ` · ${task.assignee}`}
                          {task.dueAt && ` · ${t('tasks.due', { at: date(task.dueAt) })}`}
                          {task.completedAt &&
                            ` · ${t('tasks.doneAt', { at: date(task.completedAt), by: task.completedBy ?? '' })}`}
                          {task.outcome && ` · ${task.outcome}`}
                        </p>
                      </div>
                      {task.status === 'open' && mayDraft && (
                        <Button small onClick={() => setChosen(task.id)}>
                          {t('tasks.complete')}
                        </Button>
                      )}
                    </>
                  )}
                </Feed>
              )
            }
          </Answered>
        </div>
      </div>
      {chosen && mayDraft && <Complete key={chosen.id} task={chosen} onClose={() => setChosen(undefined)} />}
    </>
  )
}

function Complete({ task, onClose }: { task: Task; onClose: () => void }) {
  const { t } = useWords()
  const [{ outcome, note }, keep] = useKept(`task.${task.id}`, { outcome: task.outcomes[0] ?? '', note: '' })
  const [error, setError] = useState<unknown>()
  const go = () =>
    void api
      .post(`/v1/tasks/${task.id}/complete`, { ...(outcome ? { outcome } : {}), ...(note ? { note } : {}) })
      .then(async () => {
        write(`task.${task.id}`, undefined)
        await refresh('/v1/tasks')
        toast(t('tasks.completed'))
        onClose()
      }, setError)
  return (
    <Dialog
      open
      onClose={onClose}
      title={task.title}
      lead={task.customer}
      onSubmit={go}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit">
            {t('tasks.complete')}
          </Button>
        </>
      }
    >
      {task.outcomes.length > 0 && (
        <Select
          label={t('tasks.outcome')}
          value={outcome}
          options={task.outcomes.map(each => [each, each] as const)}
          onChange={next => keep({ outcome: next, note })}
        />
      )}
      <TextField label={t('tasks.note')} value={note} onChange={next => keep({ outcome, note: next })} />
      <ProblemNotice error={error} />
    </Dialog>
  )
}
