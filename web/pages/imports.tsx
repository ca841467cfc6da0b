import { FileUp, Upload } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { api, pathOf } from '../api/client.ts'
import { refresh, useApi, usePages } from '../api/queries.ts'
import { Badge, Button, Card, Empty, Field, PageHead, Select, TextField } from '../parts/basics.tsx'
import { Feed } from '../parts/feed.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { useMay } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

interface ImportView {
  id: string
  kind: 'customers' | 'events' | 'consents' | 'suppressions'
  format: string
  status: 'running' | 'completed' | 'failed'
  total?: number
  accepted: number
  duplicates: number
  rejected: number
  bytes: number
  bytesRead: number
  error?: string
  createdAt: string
  rejections?: { line: number; code: string; message: string }[]
}

interface Preview {
  rows: Record<string, unknown>[]
  rejections: { line: number; message: string }[]
}

export default function Imports({ id }: { id: string | undefined }) {
  const { t } = useWords()
  const mayManage = useMay('manage')
  useTitleOf('nav.imports')
  return (
    <>
      <PageHead title={t('nav.imports')} lead={t('imports.lead')} />
      <div className="stack loose">
        {mayManage && <New />}
        {id && <One id={id} />}
        <List />
      </div>
    </>
  )
}

function New() {
  const { t } = useWords()
  const [, go] = useLocation()
  const [file, setFile] = useState<File>()
  const [kind, setKind] = useState<ImportView['kind']>('customers')
  const [event, setEvent] = useState('')
  const [preview, setPreview] = useState<Preview>()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const type = (chosen: File) => (/\.(ndjson|jsonl)$/i.test(chosen.name) ? 'application/x-ndjson' : 'text/csv')
  const query = (of = kind, named = event) => ({
    kind: of,
    ...(of === 'events' && named ? { constant: JSON.stringify({ event: named }) } : {}),
  })
  const look = (chosen: File, of: ImportView['kind'], named: string) => {
    setError(undefined)
    setPreview(undefined)
    api
      .post<Preview>(pathOf('/v1/imports/preview', query(of, named)), chosen.slice(0, 200_000), { type: type(chosen) })
      .then(setPreview, setError)
  }
  const start = () => {
    if (!file) return
    setBusy(true)
    api
      .post<{ id: string }>(pathOf('/v1/imports', query()), file, { type: type(file) })
      .then(made => {
        setFile(undefined)
        setPreview(undefined)
        void refresh('/v1/imports')
        go(`/imports/${made.id}`)
      }, setError)
      .finally(() => setBusy(false))
  }
  return (
    <Card title={t('imports.new')}>
      <div className="stack">
        <div className="grid">
          <Select
            label={t('imports.kind')}
            value={kind}
            hint={t(`imports.${kind}Hint`)}
            options={(['customers', 'events', 'consents', 'suppressions'] as const).map(
              each => [each, t(`imports.${each}`)] as const,
            )}
            onChange={next => {
              setKind(next)
              if (file) look(file, next, event)
            }}
          />
          <Field label={t('imports.file')} hint={t('imports.fileHint')}>
            {props => (
              <input
                className="input"
                type="file"
                accept=".csv,.ndjson,.jsonl,text/csv"
                {...props}
                onChange={change => {
                  const chosen = change.target.files?.[0]
                  setFile(chosen)
                  if (chosen) look(chosen, kind, event)
                }}
              />
            )}
          </Field>
          {kind === 'events' && (
            <TextField
              label={t('imports.event')}
              hint={t('imports.eventHint')}
              value={event}
              onChange={setEvent}
              onBlur={() => file && look(file, kind, event)}
            />
          )}
        </div>
        <ProblemNotice error={error} />
        {preview && (
          <div className="stack tight">
            <p className="quiet">{t('imports.preview', { n: preview.rows.length })}</p>
            <pre className="pre">
              {preview.rows
                .slice(0, 3)
                .map(row => JSON.stringify(row))
                .join('\n')}
            </pre>
            {preview.rejections.length > 0 && <Rejections rejections={preview.rejections} />}
          </div>
        )}
        <div>
          <Button look="primary" icon={Upload} disabled={!file || busy} onClick={start}>
            {t('imports.start')}
          </Button>
        </div>
      </div>
    </Card>
  )
}

function Rejections({ rejections }: { rejections: readonly { line: number; message: string }[] }) {
  const { t } = useWords()
  return (
    <div className="small">
      <Feed label={t('imports.rejections')} items={rejections} keyOf={(_, i) => String(i)} height={40}>
        {each => (
          <>
            <Badge look="warn">{t('imports.line', { n: each.line })}</Badge> <span className="grow">{each.message}</span>
          </>
        )}
      </Feed>
    </div>
  )
}

const looks = { running: 'info', completed: 'good', failed: 'bad' } as const

function Progress({ of }: { of: ImportView }) {
  const { t, number } = useWords()
  return (
    <>
      <div
        className="meter"
        role="progressbar"
        aria-label={t('imports.progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={of.bytes > 0 ? Math.round((100 * of.bytesRead) / of.bytes) : 100}
      >
        <i style={{ width: `${of.bytes > 0 ? (100 * of.bytesRead) / of.bytes : 100}%` }} />
      </div>
      <p className="small quiet">
        {t('imports.counts', { accepted: number(of.accepted), duplicates: number(of.duplicates), rejected: number(of.rejected) })}
      </p>
    </>
  )
}

function One({ id }: { id: string }) {
  const { t } = useWords()
  const one = useApi<ImportView>(`/v1/imports/${id}`, ['imports'], { keep: true })
  return (
    <Card title={id}>
      <Answered of={one}>
        {data => (
          <div className="stack tight">
            <div className="row">
              <Badge look={looks[data.status]} live={data.status === 'running'}>
                {t(`imports.is.${data.status}`)}
              </Badge>
              {data.error}
            </div>
            <Progress of={data} />
            {data.rejections && data.rejections.length > 0 && <Rejections rejections={data.rejections} />}
          </div>
        )}
      </Answered>
    </Card>
  )
}

function List() {
  const { t, time } = useWords()
  const list = usePages<ImportView>('/v1/imports', {}, ['imports'])
  return (
    <Card title={t('imports.list')} pad={false}>
      <Answered of={list}>
        {data =>
          data.length === 0 ? (
            <Empty icon={FileUp} title={t('imports.empty')}>
              {t('imports.emptyLead')}
            </Empty>
          ) : (
            <Feed label={t('imports.list')} items={data} keyOf={each => each.id} height={92} more={list}>
              {each => (
                <>
                  <div className="grow">
                    <Link href={`/imports/${each.id}`} className="strong">
                      {each.id}
                    </Link>{' '}
                    <span className="quiet">
                      {t(`imports.${each.kind}`)} · {time(each.createdAt)}
                    </span>
                    <Progress of={each} />
                  </div>
                  <Badge look={looks[each.status]}>{t(`imports.is.${each.status}`)}</Badge>
                </>
              )}
            </Feed>
          )
        }
      </Answered>
    </Card>
  )
}
