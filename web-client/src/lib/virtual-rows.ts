import { useCallback, useEffect, useRef, useState, type RefObject } from 'react'

interface VirtualRows {
  scroller: RefObject<HTMLDivElement | null>
  /** Height of all rows in pixels. */
  height: number
  /** Top of the first rendered row in pixels. */
  top: number
  /** The rows to render, from `from` up to, but not including, `to`. */
  from: number
  to: number
  /** Scrolls a row into view. */
  show: (row: number) => void
  /** Number of rows that fit in the viewport. */
  fit: number
}

const MAX_HEIGHT_PX = 12_000_000 // browsers can't make an element much taller than 16 million pixels
const OVERSCAN = 12 // rows rendered above and below the visible ones
const BLOCK = 8 // rows that are added or removed together

/** Renders only the visible rows of a list with a fixed row height. */
export function useVirtualRows(count: number, rowHeight: number): VirtualRows {
  const scroller = useRef<HTMLDivElement>(null)
  const [viewport, setViewport] = useState({ scrolled: 0, seen: 600 })
  const real = count * rowHeight
  const height = Math.min(real, MAX_HEIGHT_PX)
  const { scrolled, seen } = viewport
  /** Pixels that the rows move per pixel of the scroll bar. */
  const scale = height > seen ? (real - seen) / (height - seen) : 1

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    let frame = 0
    const measure = () => {
      frame = 0
      setViewport({ scrolled: element.scrollTop, seen: element.clientHeight })
    }
    const schedule = () => {
      frame ||= requestAnimationFrame(measure)
    }
    const size = new ResizeObserver(schedule)
    size.observe(element)
    element.addEventListener('scroll', schedule, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      size.disconnect()
      element.removeEventListener('scroll', schedule)
    }
  }, [])

  const show = useCallback(
    (row: number) => {
      const element = scroller.current
      if (!element) return
      const first = element.scrollTop * scale
      const margin = rowHeight * 2
      const above = row * rowHeight < first + margin
      const below = (row + 1) * rowHeight > first + element.clientHeight - margin
      if (above) element.scrollTop = Math.max(0, row * rowHeight - margin) / scale
      else if (below) element.scrollTop = ((row + 1) * rowHeight - element.clientHeight + margin) / scale
    },
    [rowHeight, scale],
  )

  const first = scrolled * scale
  const from = Math.max(0, Math.floor((first / rowHeight - OVERSCAN) / BLOCK) * BLOCK)
  const fit = Math.ceil(seen / rowHeight)
  return {
    scroller,
    height,
    top: scrolled - first + from * rowHeight,
    from,
    to: Math.min(count, Math.ceil((first / rowHeight + fit + OVERSCAN) / BLOCK) * BLOCK),
    show,
    fit,
  }
}
