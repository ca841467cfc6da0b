import { Plus, UsersRound } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { Rule } from '../../api/contract.ts'
import { api, Refusal } from '../api/client.ts'
import { refresh, type SegmentView, usePages } from '../api/queries.ts'
import { Button, Empty, PageHead, TextField } from '../parts/basics.tsx'
import { Dialog } from '../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { Rows } from '../parts/rows.tsx'
import { useKept, useNow, useSettled } from '../parts/state.ts'
import { usePreview } from '../rules/count.tsx'
import { useMay } from '../session.ts'
import { useTitleOf } from '../shell.tsx'
import { useWords } from '../texts/index.ts'

export default function Segments() {
  const { t, ago } = useWords()
  const now = useNow()
  const [text, setText] = useState('')
  const q = useSettled(text.trim(), 200)
  const segments = usePages<SegmentView>('/v1/segments', { q }, ['segments'], 100)
  const mayDraft = useMay('draft')
  const [, go] = useLocation()
  const search = useSearch()
  useTitleOf('nav.segments')
  const create: ReactNode = mayDraft && (
    <Button look="primary" icon={Plus} onClick={() => go('/segments?new')}>
      {t('segments.new')}
    </Button>
  )
  return (
    <>
      <PageHead title={t('nav.segments')} lead={t('segments.lead')} actions={create} />
      <div className="row" style={{ marginBottom: 14 }}>
        <input
          className="input"
          style={{ width: 260 }}
          type="search"
          aria-label={t('segments.search')}
          placeholder={t('segments.search')}
          value={text}
          onChange={event => setText(event.target.value)}
        />
      </div>
      <div className="card">
        <Answered of={segments}>
          {data =>
            data.length === 0 && q ? (
              <Empty title={t('common.nothingMatches')} />
            ) : data.length === 0 ? (
              <Empty icon={UsersRound} title={t('segments.empty')} actions={create}>
                {t('segments.emptyLead')}
              </Empty>
            ) : (
              <Rows
                label={t('nav.segments')}
                rows={data}
                keyOf={each => each.key}
                more={segments}
                columns={[
                  {
                    title: t('campaigns.name'),
                    width: 'minmax(140px, 1.2fr)',
                    cell: each => (
                      <Link href={`/segments/${encodeURIComponent(each.key)}`} className="strong">
                        {each.name}
                      </Link>
                    ),
                  },
                  {
                    title: t('segments.rule'),
                    wide: true,
                    width: 'minmax(200px, 2.4fr)',
                    cell: each => (
                      <span className="quiet" title={each.summary}>
                        {each.summary}
                      </span>
                    ),
                  },
                  {
                    title: t('nav.customers'),
                    num: true,
                    cell: each => <Count rule={{ segment: each.key }} />,
                  },
                  {
                    title: t('campaigns.changed'),
                    wide: true,
                    cell: each => <span className="quiet">{ago(each.updatedAt, now)}</span>,
                  },
                ]}
              />
            )
          }
        </Answered>
      </div>
      <NewSegment open={search === 'new'} onClose={() => go('/segments', { replace: true })} />
    </>
  )
}

function Count({ rule }: { rule: Rule }) {
  const { number } = useWords()
  const { data } = usePreview(rule)
  return <>{data ? number(data.count) : '–'}</>
}

const keyOf = (name: string) =>
  name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100)

function NewSegment({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useWords()
  const [, go] = useLocation()
  const [name = '', setName] = useKept<string | undefined>('new.segment', undefined)
  const [error, setError] = useState<unknown>()
  const make = () =>
    api.post<SegmentView>('/v1/segments', { key: keyOf(name), name, rule: { all: [] } }).then(async made => {
      setName(undefined)
      await refresh('/v1/segments')
      go(`/segments/${encodeURIComponent(made.key)}`)
    }, setError)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={t('segments.new')}
      lead={t('segments.newLead')}
      onSubmit={() => void make()}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" disabled={!keyOf(name)}>
            {t('segments.make')}
          </Button>
        </>
      }
    >
      <TextField
        label={t('campaigns.name')}
        value={name}
        onChange={setName}
        fault={error instanceof Refusal ? error.at('/key') : undefined}
        hint={keyOf(name) ? t('segments.keyWillBe', { key: keyOf(name) }) : undefined}
      />
      {error instanceof Refusal && !error.at('/key') && <ProblemNotice error={error} />}
    </Dialog>
  )
}
