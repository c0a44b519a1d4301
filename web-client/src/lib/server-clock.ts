import { useSyncExternalStore } from 'react'

/** How far the server clock is ahead. Network delay makes a measurement too small, never too large. */
let ahead = -Infinity

/** Updates the offset. `asOf`: the server time of a message that just arrived. */
export function syncClock(asOf: string): void {
  ahead = Math.max(ahead, Date.parse(asOf) - Date.now())
}

/** The current time on the server clock in milliseconds. Before the first message, the local time. */
export function serverNow(): number {
  return Date.now() + (ahead === -Infinity ? 0 : ahead)
}

/** The current time, updated every second. The clock stops while the page is hidden. */
let now = serverNow()
const watchers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  now = serverNow()
  timer ??= setInterval(() => {
    if (document.hidden) return
    now = serverNow()
    for (const each of watchers) each()
  }, 1_000)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

const stopped = () => () => undefined

/** The current time in milliseconds. If `staleSince` is set, returns that time instead. */
export function useNow(staleSince: number | null = null): number {
  const ticking = useSyncExternalStore(staleSince === null ? watch : stopped, () => now)
  return staleSince ?? ticking
}
