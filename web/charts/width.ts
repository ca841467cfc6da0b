import { type RefObject, useEffect, useRef, useState } from 'react'

/** The width a figure has, in pixels: drawn at its own size, letters stay as large as everywhere. */
export function useWidth(): [ref: RefObject<HTMLElement | null>, width: number] {
  const ref = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(640)
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(260, Math.round(entry.contentRect.width))))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, width]
}
