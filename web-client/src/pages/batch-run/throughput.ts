import type { FilesStore } from './files-store'

export interface Throughput {
  /** Files done in each interval, from the start of the run to now. */
  counts: number[]
  secondsEach: number
}

const MAX_INTERVALS = 60

/** `from`, `to`: start and end of the run, in milliseconds on the database clock. */
export function throughputOf(store: FilesStore, from: number, to: number): Throughput {
  const seconds = Math.max(1, (to - from) / 1000)
  const intervals = Math.min(MAX_INTERVALS, Math.ceil(seconds))
  const counts = new Array<number>(intervals).fill(0)
  const width = (seconds * 1000) / intervals
  for (let file = 0; file < store.size; file += 1) {
    const at = store.endedAt(file)
    if (at === null) continue
    const interval = Math.min(intervals - 1, Math.max(0, Math.floor((at - from) / width)))
    counts[interval] = (counts[interval] ?? 0) + 1
  }
  return { counts, secondsEach: width / 1000 }
}
