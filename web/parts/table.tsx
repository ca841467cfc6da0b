import type { ReactNode } from 'react'

export interface Column<Row> {
  title: ReactNode
  cell: (row: Row, index: number) => ReactNode
  num?: boolean
  /** Names its row. */
  head?: boolean
  quiet?: boolean
  /** Its title is for readers of screens only. */
  silent?: boolean
}

const look = ({ num, quiet }: { num?: boolean; quiet?: boolean }) =>
  [num && 'num', quiet && 'quiet'].filter(Boolean).join(' ') || undefined

/** A table of a few rows, that scrolls sideways where it must. Long lists are `Rows`. */
export function Table<Row>({
  label,
  rows,
  columns,
  keyOf,
}: {
  label: string
  rows: readonly Row[]
  columns: readonly (Column<Row> | false)[]
  keyOf: (row: Row, index: number) => string
}) {
  const shown = columns.filter(column => column !== false)
  return (
    <Scroll label={label}>
      <table className="table">
        <thead>
          <tr>
            {shown.map((column, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
              <th scope="col" key={i} className={look({ num: column.num ?? false })}>
                {column.silent ? <span className="hidden-text">{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={keyOf(row, r)}>
              {shown.map((column, i) =>
                column.head ? (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <th scope="row" key={i}>
                    {column.cell(row, r)}
                  </th>
                ) : (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <td key={i} className={look(column)} style={column.silent ? { textAlign: 'end' } : undefined}>
                    {column.cell(row, r)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** What scrolls sideways must be reachable by keyboard. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as said
    <section className="table-wrap" tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
