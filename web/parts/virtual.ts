import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { type FocusEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'

export interface Paged {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
  /** When a list that has grown too long to follow what happens was read. */
  asOf?: number | undefined
  refetch?: () => unknown
}

interface Options {
  count: number
  /** Height of an item in pixels, until it is measured. */
  height: number
  more?: Paged | undefined
  /** What of an item takes the focus: a selector within it, or the item itself. */
  focusOn?: string
  /** Keys walk only from what matches this: fields and menus have keys of their own. */
  walkFrom: string
}

const ways: Record<string, (at: number, last: number) => number> = {
  ArrowDown: at => at + 1,
  ArrowUp: at => at - 1,
  PageDown: at => at + 10,
  PageUp: at => at - 10,
  End: (_, last) => last,
  Home: () => 0,
}

/**
 * A list in the page's own scrolling of which only what is in sight is in the document, and what has the focus. The next page is fetched as
 * its end comes near. Arrows, PageDown, PageUp, Home and End go from item to item.
 */
export function useVirtual({ count, height, more, focusOn, walkFrom }: Options) {
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [focused, setFocused] = useState(-1)
  // Whatever stands above may still grow, so the place of the list is looked at whenever the page changes its height.
  useLayoutEffect(() => {
    const look = () => setTop(Math.round((box.current?.getBoundingClientRect().top ?? 0) + window.scrollY))
    look()
    const observer = new ResizeObserver(look)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  const virtual = useWindowVirtualizer({
    count,
    estimateSize: () => height,
    overscan: 10,
    scrollMargin: top,
    rangeExtractor: range => {
      const drawn = defaultRangeExtractor(range)
      return focused < 0 || focused >= count || drawn.includes(focused) ? drawn : [...drawn, focused].sort((a, b) => a - b)
    },
  })
  const items = virtual.getVirtualItems()
  const last = virtual.range?.endIndex ?? 0
  useEffect(() => {
    if (more?.hasNextPage && !more.isFetchingNextPage && last >= count - 20) void more.fetchNextPage()
  }, [last, count, more])

  const wanted = useRef(-1)
  useEffect(() => {
    if (wanted.current < 0) return
    const item = box.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"]`)
    if (!item) return
    wanted.current = -1
    const target = focusOn ? item.querySelector<HTMLElement>(focusOn) : item
    target?.focus({ preventScroll: true })
  })
  const onKeyDown = (event: KeyboardEvent) => {
    const way = event.altKey || event.metaKey || event.shiftKey ? undefined : ways[event.key]
    const from = event.target as HTMLElement
    const item = from.closest<HTMLElement>('[data-index]')
    if (!way || !item || !from.matches(walkFrom)) return
    event.preventDefault()
    const to = Math.max(0, Math.min(count - 1, way(Number(item.dataset.index), count - 1)))
    wanted.current = to
    setFocused(to)
    virtual.scrollToIndex(to, { align: 'auto' })
  }
  const onFocus = (event: FocusEvent) => {
    const item = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
    if (item) setFocused(Number(item.dataset.index))
  }
  const onBlur = (event: FocusEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null) && wanted.current < 0) setFocused(-1)
  }
  return {
    box,
    items,
    total: virtual.getTotalSize(),
    /** Where an item lies within the list, in pixels. */
    offset: (start: number) => start - top,
    measure: virtual.measureElement,
    /** How long the list is, as readers of screens are told: -1 while more may come. */
    size: more?.hasNextPage ? -1 : count,
    keys: { onKeyDown, onFocus, onBlur },
  }
}
