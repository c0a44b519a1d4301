import { useSyncExternalStore } from 'react'

/** The present moment, to the second: one clock for the whole page, which stops while nobody looks at it. */
let now = Date.now()
const watchers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  now = Date.now()
  timer ??= setInterval(() => {
    if (document.hidden) return
    now = Date.now()
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
