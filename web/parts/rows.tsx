import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useWords } from '../texts/index.ts'
import { Button } from './basics.tsx'

interface Column<Row> {
  title: ReactNode
  cell: (row: Row) => ReactNode
  num?: boolean
  /** Share of the width, as grid columns count it. */
  width?: string
}

interface Paged {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
}

/** The next page of a list, where there is one. */
export function NextPage({ of }: { of: Paged }) {
  const { t } = useWords()
  if (!of.hasNextPage) return null
  return (
    <p className="rows-more">
      <Button small look="bare" disabled={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
        {of.isFetchingNextPage ? t('common.loading') : t('common.more')}
      </Button>
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

/** A table of any length: only the rows in sight are drawn; the next page comes as its end does. */
export function Rows<Row>({ label, rows, columns, keyOf, more }: RowsProps<Row>) {
  const { t } = useWords()
  const body = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  // Whatever stands above may still grow, so the place of the list is looked at whenever the page changes its height.
  useLayoutEffect(() => {
    const look = () => setTop(Math.round((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY))
    look()
    const observer = new ResizeObserver(look)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => rowHeight, overscan: 12, scrollMargin: top })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more?.hasNextPage && !more.isFetchingNextPage && last >= rows.length - 15) void more.fetchNextPage()
  }, [last, rows.length, more])
  const template = columns.map(column => column.width ?? 'minmax(90px, 1fr)').join(' ')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className="table-wrap" tabIndex={0} aria-label={label ?? t('common.table')}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows that are placed one by one cannot be a table element */}
      <div className="rows" role="table" aria-rowcount={rows.length + 1}>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: a row of a table is not operated */}
        <div role="row" className="rows-head" style={{ gridTemplateColumns: template }}>
          {columns.map((column, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
            // biome-ignore lint/a11y/useSemanticElements: as above
            // biome-ignore lint/a11y/useFocusableInteractive: a heading is not operated
            <div role="columnheader" key={i} className={column.num ? 'num' : ''}>
              {column.title}
            </div>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" ref={body} style={{ position: 'relative', height: virtual.getTotalSize() }}>
          {items.map(item => {
            const row = rows[item.index]
            if (row === undefined) return null
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: a row of a table is not operated
              <div
                role="row"
                key={keyOf(row)}
                aria-rowindex={item.index + 2}
                className="rows-row"
                style={{ gridTemplateColumns: template, height: rowHeight, transform: `translateY(${item.start - top}px)` }}
              >
                {columns.map((column, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
                  // biome-ignore lint/a11y/useSemanticElements: as above
                  <div role="cell" key={i} className={column.num ? 'num' : ''}>
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
