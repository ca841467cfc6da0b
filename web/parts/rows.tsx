import type { CSSProperties, ReactNode } from 'react'
import { useWords } from '../texts/index.ts'
import { Button } from './basics.tsx'
import { type Paged, useVirtual } from './virtual.ts'

interface Column<Row> {
  title: ReactNode
  cell: (row: Row) => ReactNode
  num?: boolean
  /** Share of the width, as grid columns count it. */
  width?: string
  /** Left out on a phone: the row says enough without it. */
  wide?: boolean
}

/** The next page of a list, where there is one; of a list too long to follow what happens, as of when it is. */
export function NextPage({ of }: { of: Paged }) {
  const { t, time } = useWords()
  if (!of.hasNextPage && of.asOf === undefined) return null
  return (
    <p className="rows-more">
      {of.hasNextPage && (
        <Button small look="bare" disabled={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
          {of.isFetchingNextPage ? t('common.loading') : t('common.more')}
        </Button>
      )}
      {of.asOf !== undefined && (
        <>
          <span className="small quiet">{t('common.longAsOf', { at: time(new Date(of.asOf).toISOString()) })}</span>{' '}
          <Button small look="bare" onClick={() => void of.refetch?.()}>
            {t('common.readAgain')}
          </Button>
        </>
      )}
    </p>
  )
}

interface RowsProps<Row> {
  label?: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  keyOf: (row: Row) => string
  more?: Paged
}

const rowHeight = 45

/** A table of any length: only the rows in sight are in the document; the next page comes as its end does. */
export function Rows<Row>({ label, rows, columns, keyOf, more }: RowsProps<Row>) {
  const { t } = useWords()
  const list = useVirtual({ count: rows.length, height: rowHeight, more, focusOn: 'a, button', walkFrom: 'a' })
  const template = (shown: readonly Column<Row>[]) => shown.map(column => column.width ?? 'minmax(90px, 1fr)').join(' ')
  const narrow = columns.filter(column => !column.wide)
  const look = (column: Column<Row>) => [column.num && 'num', column.wide && 'wide'].filter(Boolean).join(' ')
  // Read by the style sheet: which columns there are depends on the width.
  const grid = { '--columns': template(columns), '--columns-narrow': template(narrow) } as CSSProperties
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className="table-wrap" tabIndex={0} aria-label={label ?? t('common.table')}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows that are placed one by one cannot be a table element */}
      <div
        className={narrow.length < columns.length ? 'rows fits' : 'rows'}
        style={grid}
        role="table"
        aria-rowcount={list.size < 0 ? -1 : list.size + 1}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: a row of a table is not operated */}
        <div role="row" aria-rowindex={1} className="rows-head">
          {columns.map((column, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
            // biome-ignore lint/a11y/useSemanticElements: as above
            // biome-ignore lint/a11y/useFocusableInteractive: a heading is not operated
            <div role="columnheader" key={i} className={look(column)}>
              {column.title}
            </div>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" ref={list.box} style={{ position: 'relative', height: list.total }} {...list.keys}>
          {list.items.map(({ index, start }) => {
            const row = rows[index]
            if (row === undefined) return null
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: a row of a table is not operated
              <div
                role="row"
                key={keyOf(row)}
                data-index={index}
                aria-rowindex={index + 2}
                className="rows-row"
                style={{ height: rowHeight, transform: `translateY(${list.offset(start)}px)` }}
              >
                {columns.map((column, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
                  // biome-ignore lint/a11y/useSemanticElements: as above
                  <div role="cell" key={i} className={look(column)}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
      {more && <NextPage of={more} />}
    </section>
  )
}
