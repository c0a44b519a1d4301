import { useCallback, useEffect, useRef, useState, type RefObject } from 'react'

interface VirtualRows {
  scroller: RefObject<HTMLDivElement | null>
  /** Of all rows together, in pixels. */
  height: number
  /** Of the first shown row, in pixels. */
  top: number
  /** The rows to show: from … to, the last one not included. */
  from: number
  to: number
  /** Brings a row into view, if it is not. */
  show: (row: number) => void
  /** How many fit at once. */
  fit: number
}

const TALLEST = 12_000_000 // browsers can't make an element much taller than 16 million pixels
const BEYOND = 12 // rows above and below what is seen
const TOGETHER = 8 // rows that come and go

/** Of any number of rows of one height those that are seen. */
export function useVirtualRows(count: number, rowHeight: number): VirtualRows {
  const scroller = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState({ scrolled: 0, seen: 600 })
  const real = count * rowHeight
  const height = Math.min(real, TALLEST)
  const { scrolled, seen } = place
  /** How far the rows move for a pixel of the scroll bar. */
  const scale = height > seen ? (real - seen) / (height - seen) : 1

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    let frame = 0
    const look = () => {
      frame = 0
      setPlace({ scrolled: element.scrollTop, seen: element.clientHeight })
    }
    const later = () => {
      frame ||= requestAnimationFrame(look)
    }
    const size = new ResizeObserver(later)
    size.observe(element)
    element.addEventListener('scroll', later, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      size.disconnect()
      element.removeEventListener('scroll', later)
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
  const from = Math.max(0, Math.floor((first / rowHeight - BEYOND) / TOGETHER) * TOGETHER)
  const fit = Math.ceil(seen / rowHeight)
  return {
    scroller,
    height,
    top: scrolled - first + from * rowHeight,
    from,
    to: Math.min(count, Math.ceil((first / rowHeight + fit + BEYOND) / TOGETHER) * TOGETHER),
    show,
    fit,
  }
}
