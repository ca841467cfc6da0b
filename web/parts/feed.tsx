import type { ReactNode } from 'react'
import { NextPage } from './rows.tsx'
import { type Paged, useVirtual } from './virtual.ts'

interface FeedProps<Item> {
  label: string
  items: readonly Item[]
  keyOf: (item: Item, index: number) => string
  children: (item: Item) => ReactNode
  classOf?: (item: Item) => string
  /** `lines`: a list of entries; `timeline`: what happened, on a line. */
  look?: 'lines' | 'timeline'
  height?: number
  /** Each item is one thing to press: the keyboard stops there, and not at the item as well. */
  pressed?: boolean
  more?: Paged
}

/** A list of entries of any length and each of its own height: only those in sight are in the document. */
export function Feed<Item>({ label, items, keyOf, children, classOf, look = 'lines', height, pressed, more }: FeedProps<Item>) {
  const list = useVirtual({
    count: items.length,
    height: height ?? 58,
    more,
    walkFrom: pressed ? 'button' : 'article',
    ...(pressed ? { focusOn: 'button' } : {}),
  })
  return (
    <>
      <div
        role="feed"
        aria-label={label}
        aria-busy={more?.isFetchingNextPage ?? false}
        className={look === 'timeline' ? 'timeline virtual' : 'feed virtual'}
        ref={list.box}
        style={{ height: list.total }}
        {...list.keys}
      >
        {list.items.map(({ index, start }) => {
          const item = items[index]
          if (item === undefined) return null
          return (
            <article
              key={keyOf(item, index)}
              data-index={index}
              ref={list.measure}
              aria-posinset={index + 1}
              aria-setsize={list.size}
              tabIndex={pressed ? undefined : 0}
              className={classOf?.(item)}
              style={{ transform: `translateY(${list.offset(start)}px)` }}
            >
              {children(item)}
            </article>
          )
        })}
      </div>
      {more && <NextPage of={more} />}
    </>
  )
}
