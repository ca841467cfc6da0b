import { usePages } from '../../api/queries.ts'
import { Card, Empty } from '../../parts/basics.tsx'
import { Answered } from '../../parts/problem.tsx'
import { Rows } from '../../parts/rows.tsx'
import { useWords, type Words } from '../../texts/index.ts'

interface Entry {
  at: string
  actor: string
  actorLabel: string | null
  action: string
  target: string
  facts: Record<string, unknown>
}

const factsOf = (facts: Record<string, unknown>, maybe: Words['maybe']) =>
  Object.entries(facts)
    .map(
      ([key, value]) =>
        `${maybe(`audit.fact.${key}`, key)}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(' · ')

/** Who did what to what. */
export function Audit() {
  const { t, maybe, time } = useWords()
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
                {
                  title: t('audit.action'),
                  width: 'minmax(260px, 1.6fr)',
                  cell: row => maybe(`audit.did.${row.action}`, row.action),
                },
                { title: t('audit.target'), cell: row => maybe(`audit.of.${row.target}`, row.target) },
                {
                  title: t('audit.facts'),
                  cell: row => <span className="small quiet">{factsOf(row.facts, maybe)}</span>,
                },
              ]}
            />
          )
        }
      </Answered>
    </Card>
  )
}
