/** How fast a run goes, by what was seen of it lately: how much is left of its slowest step. */
interface Tally {
  total: number
  finished: number
  failed: number
  canceled: number
}

export interface PacedRun {
  asOf: string
  startedAt: string | null
  steps: readonly { counts: Tally }[]
}

interface Sample {
  at: number
  ended: number[]
}

const WINDOW_MS = 10 * 60_000
const LEAST_MS = 15_000
const APART_MS = 2_000

export class Pace {
  #samples: Sample[] = []

  /** Seconds until its end, as it has gone in the last ten minutes, or since its start. Null: nobody knows yet. */
  secondsLeft(run: PacedRun): number | null {
    const at = Date.parse(run.asOf)
    const ended = run.steps.map(({ counts }) => counts.finished + counts.failed + counts.canceled)
    this.#keep({ at, ended })
    const since = this.#since(run, at)
    if (!since || at - since.at < LEAST_MS) return null
    const seconds = (at - since.at) / 1000
    let longest = 0
    for (const [index, { counts }] of run.steps.entries()) {
      const left = counts.total - (ended[index] ?? 0)
      if (left === 0) continue
      const gone = (ended[index] ?? 0) - (since.ended[index] ?? 0)
      if (gone <= 0) return null
      longest = Math.max(longest, (left * seconds) / gone)
    }
    return longest
  }

  #keep(sample: Sample): void {
    const last = this.#samples.at(-1)
    if (last && sample.ended.some((ended, index) => ended < (last.ended[index] ?? 0))) this.#samples = [] // a retry
    if (!last || sample.at - last.at >= APART_MS) this.#samples.push(sample)
    while ((this.#samples[0]?.at ?? Infinity) < sample.at - WINDOW_MS) this.#samples.shift()
  }

  #since(run: PacedRun, at: number): Sample | null {
    const [first] = this.#samples
    if (first && at - first.at >= LEAST_MS) return first
    return run.startedAt === null ? null : { at: Date.parse(run.startedAt), ended: [] }
  }
}
