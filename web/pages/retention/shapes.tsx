import { Curves } from '../../charts/curves.tsx'
import { Scroll, Table } from '../../parts/table.tsx'
import { useWords } from '../../texts/index.ts'
import type { MetricAnswer } from './figure.tsx'
import { drawn, isNumber, type Row, rowsOf } from './series.ts'

interface Cell {
  value: number | null
  retained: number
  eligible: number
  [name: string]: unknown
}

/** Cohorts by period: the darker, the more came back; what is not over yet is left open. */
export function Heat({ answer }: { answer: MetricAnswer }) {
  const { t, number } = useWords()
  const rows = rowsOf(answer.table) as (Row & { cohort?: string; group?: string; size: number; cells: Cell[] })[]
  if (rows.length === 0) return <p className="quiet">{t('retention.noData')}</p>
  const columns = Math.min(13, Math.max(...rows.map(row => row.cells.filter(cell => cell.value !== null).length)))
  return (
    <Scroll label={t('metric.cohorts')}>
      <table className="heat">
        <thead>
          <tr>
            <th scope="col">{t('retention.cohort')}</th>
            <th scope="col">{t('nav.customers')}</th>
            {Array.from({ length: columns }, (_, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a column is its number
              <th scope="col" key={i} style={{ textAlign: 'end' }}>
                {number(i)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(-14).map(row => (
            <tr key={row.cohort ?? row.group}>
              <th scope="row">{row.cohort ?? row.group}</th>
              <td className="quiet">{number(row.size)}</td>
              {row.cells.slice(0, columns).map((cell, i) => {
                const value = cell.value
                const strength = value === null ? 0 : Math.min(1, value / 100)
                const mix = (most: number) => `color-mix(in srgb, var(--accent) ${Math.round(strength * most)}%, var(--sunken))`
                return (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: a column is its number
                    key={i}
                    title={
                      value === null
                        ? t('retention.notOver')
                        : t('retention.cell', { part: number(cell.retained), whole: number(cell.eligible) })
                    }
                    style={value === null ? {} : { background: `light-dark(${mix(70)}, ${mix(55)})`, color: 'var(--ink)' }}
                  >
                    {value === null ? '' : number(value, 0)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** The share that is still there after so many days. */
export function Survival({ answer }: { answer: MetricAnswer }) {
  const { t, number } = useWords()
  const points = rowsOf(answer.series)
    .map(row => ({ x: row.t ?? row.time, y: row.survival ?? row.value, low: row.lower, high: row.upper }))
    .filter((row): row is { x: number; y: number; low: number; high: number } => isNumber(row.x) && isNumber(row.y))
  if (points.length < 2) return <p className="quiet">{t('retention.noData')}</p>
  return (
    <>
      <Curves
        steps
        high={1}
        label={t('metric.survival')}
        xLabel={t('results.per.day')}
        formatX={value => number(value)}
        formatY={value => `${number(value * 100, 0)} %`}
        curves={[{ name: t('live.everybody'), points }]}
      />
      <p className="small quiet">
        {answer.value === null || answer.value === undefined
          ? t('retention.noMedian')
          : t('retention.median', { n: answer.value })}{' '}
        {answer.definition}
      </p>
    </>
  )
}

const labelOf = (row: Row): string =>
  String(
    row.period ?? row.n ?? (row.from !== undefined && typeof row.from === 'number' ? `${row.from}–${row.to}` : (row.label ?? '')),
  )

/** A series as a line. A period that is only in part over or asked for is told beside it: drawn, it would look like a loss. */
export function SeriesOf({ answer }: { answer: MetricAnswer }) {
  const { t, number } = useWords()
  const { whole: rows, partly: parts } = drawn(answer.series)
  const said = (row: Row) => `${labelOf(row)}: ${number(row.value as number, 1)}`
  const partly = parts.length > 0 && (
    <p className="small quiet">{t('retention.partly', { periods: parts.map(said).join(', ') })}</p>
  )
  if (rows.length === 0) return partly || null
  if (rows.length === 1)
    return (
      <>
        <p className="quiet">{said(rows[0]!)}</p>
        {partly}
      </>
    )
  const last = rows.length - 1
  return (
    <>
      <Curves
        label={t('retention.series')}
        xLabel=""
        xTicks={rows.map((_, i) => i).filter(i => i % Math.ceil(rows.length / 8) === 0)}
        formatX={value => labelOf(rows[Math.min(last, Math.max(0, Math.round(value)))]!)}
        formatY={value => number(value)}
        curves={[
          {
            name: answer.metric,
            points: rows.map((row, i) => ({
              x: i,
              y: row.value as number,
              low: Array.isArray(row.interval) ? (row.interval[0] as number) : null,
              high: Array.isArray(row.interval) ? (row.interval[1] as number) : null,
            })),
          },
        ]}
      />
      {partly}
    </>
  )
}

/** A table of whatever columns its rows have; what is itself a list is left to the API. */
export function TableOf({ answer }: { answer: MetricAnswer }) {
  const { t, maybe, number } = useWords()
  const rows = rowsOf(answer.table)
  const first = rows[0]
  if (!first) return null
  const columns = Object.keys(first).filter(key => typeof first[key] !== 'object' || first[key] === null)
  if (columns.length === 0) return null
  return (
    <Table
      label={t('common.table')}
      rows={rows.slice(0, 60)}
      keyOf={(_, i) => String(i)}
      columns={columns.map(column => ({
        title: maybe(`column.${column}`, column),
        num: rows.every(row => isNumber(row[column]) || row[column] === null),
        cell: (row: Row) => {
          const value = row[column]
          if (isNumber(value)) return number(value)
          return value === null || value === undefined ? '–' : maybe(`lifecycle.${value}`, String(value))
        },
      }))}
    />
  )
}
