/** How fast a run goes, from how it grew of late. Times are milliseconds on the server's clock. */
import { formatCount, formatDuration } from './format'

interface Sample {
  at: number
  percent: number
  ended: number
}

/** Never changed: `noted` gives the next one. */
export type ProgressSamples = readonly Sample[]

const WINDOW_MS = 300_000
/** From less than this nothing can be told. */
const SHORTEST_MS = 3_000

/** `ended`: files. A fall of the percent, after a retry, begins anew. */
export function addSample(pace: ProgressSamples, at: number, percent: number, ended: number): ProgressSamples {
  const last = pace.at(-1)
  const kept = last && (percent < last.percent || ended < last.ended) ? [] : pace
  const all = [...kept.filter((sample) => sample.at < at), { at, percent, ended }]
  // One sample from before the window stays: a run that is seldom heard of has an estimate too.
  const first = all.findIndex((sample) => sample.at > at - WINDOW_MS)
  return all.slice(Math.max(0, Math.min(first - 1, all.length - 2)))
}

/** How many files of a run an app has behind it, and before it. */
interface StepCounts {
  counts: { waiting: number; running: number; finished: number; failed: number }
}

/** Null: not known, e.g. where an app has files before it and none behind it: nobody knows how long it takes. */
export function estimateSecondsLeft(pace: ProgressSamples, steps: readonly StepCounts[]): number | null {
  const grown = growth(pace)
  const unseen = steps.some(({ counts }) => counts.finished + counts.failed === 0 && counts.waiting + counts.running > 0)
  if (!grown || grown.percent <= 0 || unseen) return null
  return ((100 - grown.last.percent) * grown.seconds) / grown.percent
}

/** Files that end in a minute; null: not known. */
export function filesPerMinute(pace: ProgressSamples): number | null {
  const grown = growth(pace)
  if (!grown || grown.ended <= 0) return null
  return (60 * grown.ended) / grown.seconds
}

function growth(pace: ProgressSamples): { seconds: number; percent: number; ended: number; last: Sample } | null {
  const [first] = pace
  const last = pace.at(-1)
  if (!first || !last || last.at - first.at < SHORTEST_MS) return null
  return {
    seconds: (last.at - first.at) / 1000,
    percent: last.percent - first.percent,
    ended: last.ended - first.ended,
    last,
  }
}

/** As exactly as it can be known: `about 25 min`. */
export function formatEstimate(seconds: number): string {
  const step = seconds < 60 ? 5 : seconds < 600 ? 30 : seconds < 7200 ? 300 : 1800
  return `about ${formatDuration(Math.max(step, Math.round(seconds / step) * step))}`
}

/** `12 files/min`, or by the hour where that says more. */
export function formatFileRate(perMinute: number): string {
  if (perMinute >= 1) return `${formatCount(Math.round(perMinute))} files/min`
  return `${formatCount(Math.round(perMinute * 60))} files/h`
}
