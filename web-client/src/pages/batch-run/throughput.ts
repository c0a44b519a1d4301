import type { FilesStore } from './files-store'

export interface Throughput {
  /** Files that ended in each stretch of time, from the run's start to now. */
  counts: number[]
  secondsEach: number
  /** In the last ten minutes, or since the start. */
  perHour: number | null
}

const STRETCHES = 60
const LATELY_MS = 10 * 60_000
const LEAST_MS = 30_000

/** `from`, `to`: the run's, in milliseconds of the database's clock. */
export function throughputOf(store: FilesStore, from: number, to: number): Throughput {
  const counts = new Array<number>(STRETCHES).fill(0)
  const each = Math.max(1000, (to - from) / STRETCHES)
  const since = Math.max(from, to - LATELY_MS)
  let lately = 0
  for (let file = 0; file < store.size; file += 1) {
    const at = store.endedAt(file)
    if (at === null) continue
    const stretch = Math.min(STRETCHES - 1, Math.max(0, Math.floor((at - from) / each)))
    counts[stretch] = (counts[stretch] ?? 0) + 1
    if (at >= since) lately += 1
  }
  const perHour = to - since < LEAST_MS ? null : (lately * 3_600_000) / (to - since)
  return { counts, secondsEach: each / 1000, perHour }
}
