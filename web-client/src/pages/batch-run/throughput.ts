import type { FilesStore } from './files-store'

export interface Throughput {
  /** Files that ended in each stretch of time, from the run's start to now. */
  counts: number[]
  secondsEach: number
}

const STRETCHES = 60

/** `from`, `to`: the run's, in milliseconds of the database's clock. */
export function throughputOf(store: FilesStore, from: number, to: number): Throughput {
  const seconds = Math.max(1, (to - from) / 1000)
  const stretches = Math.min(STRETCHES, Math.ceil(seconds))
  const counts = new Array<number>(stretches).fill(0)
  const each = (seconds * 1000) / stretches
  for (let file = 0; file < store.size; file += 1) {
    const at = store.endedAt(file)
    if (at === null) continue
    const stretch = Math.min(stretches - 1, Math.max(0, Math.floor((at - from) / each)))
    counts[stretch] = (counts[stretch] ?? 0) + 1
  }
  return { counts, secondsEach: each / 1000 }
}
