import { useCallback, useSyncExternalStore } from 'react'
import type { FilesStore } from './files-store'

/** Renders again when files change, at most once per `pauseMs`. */
export function useStoreVersion(store: FilesStore, pauseMs: number): number {
  const watch = useCallback(
    (watcher: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const unwatch = store.watch(() => {
        timer ??= setTimeout(() => {
          timer = undefined
          watcher()
        }, pauseMs)
      })
      return () => {
        unwatch()
        clearTimeout(timer)
      }
    },
    [store, pauseMs],
  )
  return useSyncExternalStore(watch, () => store.version)
}
