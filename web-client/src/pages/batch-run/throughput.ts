import type { FilesStore } from './files-store'

export interface Throughput {
  /** Files that ended in each stretch of time, from the run's start to now. */
  counts: number[]
  secondsEach: number
  /** In the last ten minutes, or of the whole run if it has ended. */
  perMinute: number | null
}

const STRETCHES = 60
const LATELY_MS = 10 * 60_000
const LEAST_MS = 30_000

/** `from`, `to`: the run's, in milliseconds of the database's clock. `ended`: it is over, and all of it counts. */
export function throughputOf(store: FilesStore, from: number, to: number, ended: boolean): Throughput {
  const seconds = Math.max(1, (to - from) / 1000)
  const stretches = Math.min(STRETCHES, Math.ceil(seconds))
  const counts = new Array<number>(stretches).fill(0)
  const each = (seconds * 1000) / stretches
  const since = ended ? from : Math.max(from, to - LATELY_MS)
  let lately = 0
  for (let file = 0; file < store.size; file += 1) {
    const at = store.endedAt(file)
    if (at === null) continue
    const stretch = Math.min(stretches - 1, Math.max(0, Math.floor((at - from) / each)))
    counts[stretch] = (counts[stretch] ?? 0) + 1
    if (at >= since) lately += 1
  }
  const long = store.size > 0 && (ended || to - since >= LEAST_MS) // else the files are still to be read
  return { counts, secondsEach: each / 1000, perMinute: long ? (lately * 60_000) / Math.max(1000, to - since) : null }
}
