import { useSyncExternalStore } from 'react'

/** By how much the server's clock is ahead of this machine's; an answer's way here makes it seem less, never more. */
let ahead = -Infinity

/** `asOf`: when what was just heard was so, by the server's clock. */
export function syncClock(asOf: string): void {
  ahead = Math.max(ahead, Date.parse(asOf) - Date.now())
}

/** Milliseconds, on the server's clock, once it was heard: all times that are told are by that. */
export function serverNow(): number {
  return Date.now() + (ahead === -Infinity ? 0 : ahead)
}

/** The present moment, to the second: one clock for the whole page, which stops while nobody looks at it. */
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

/** Milliseconds. `staleSince`: what is told is true as of then, and time stands still. */
export function useNow(staleSince: number | null = null): number {
  const ticking = useSyncExternalStore(staleSince === null ? watch : stopped, () => now)
  return staleSince ?? ticking
}
