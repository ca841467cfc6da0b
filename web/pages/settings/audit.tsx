import { usePages } from '../../api/queries.ts'
import { Card, Empty } from '../../parts/basics.tsx'
import { Answered } from '../../parts/problem.tsx'
import { Rows } from '../../parts/rows.tsx'
import { useWords } from '../../texts/index.ts'

interface Entry {
  at: string
  actor: string
  actorLabel: string | null
  action: string
  target: string
  facts: Record<string, unknown>
}

const factsOf = (facts: Record<string, unknown>) =>
  Object.entries(facts)
    .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' · ')

/** Who did what to what. */
export function Audit() {
  const { t, time } = useWords()
  const list = usePages<Entry>('/v1/audit', {}, ['audit'], 100)
  return (
    <Card title={t('settings.audit')} pad={false}>
      <Answered of={list}>
        {rows =>
          rows.length === 0 ? (
            <Empty title={t('audit.empty')} />
          ) : (
            <Rows
              rows={rows}
              keyOf={row => row.at + row.action + row.target}
              more={list}
              columns={[
                {
                  title: t('messages.at'),
                  width: 'minmax(172px, 1fr)',
                  cell: row => <span className="quiet">{time(row.at)}</span>,
                },
                { title: t('audit.actor'), cell: row => row.actorLabel ?? row.actor },
                { title: t('audit.action'), cell: row => <code>{row.action}</code> },
                { title: t('audit.target'), cell: row => row.target },
                {
                  title: t('audit.facts'),
                  cell: row => <span className="small quiet">{factsOf(row.facts)}</span>,
                },
              ]}
            />
          )
        }
      </Answered>
    </Card>
  )
}
