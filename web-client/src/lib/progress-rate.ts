/** Estimates the rate of a run from recent samples. Times are milliseconds on the server clock. */
import { formatCount, formatDuration } from './format'

interface Sample {
  at: number
  percent: number
  ended: number
}

/** Immutable: `addSample` returns a new list. */
export type ProgressSamples = readonly Sample[]

const WINDOW_MS = 300_000
/** A shorter span gives no estimate. */
const MIN_SPAN_MS = 3_000

/** Adds a sample. `ended`: number of ended files. A lower percent, after a retry, resets the samples. */
export function addSample(samples: ProgressSamples, at: number, percent: number, ended: number): ProgressSamples {
  const last = samples.at(-1)
  const kept = last && (percent < last.percent || ended < last.ended) ? [] : samples
  const all = [...kept.filter((sample) => sample.at < at), { at, percent, ended }]
  // Keep one sample from before the window, so that a run with rare samples has an estimate.
  const first = all.findIndex((sample) => sample.at > at - WINDOW_MS)
  return all.slice(Math.max(0, Math.min(first - 1, all.length - 2)))
}

/** Files of a run at an app, by state. */
interface StepCounts {
  counts: { waiting: number; running: number; finished: number; failed: number }
}

/** Null: unknown, for example because an app with waiting files has not finished any. */
export function estimateSecondsLeft(samples: ProgressSamples, steps: readonly StepCounts[]): number | null {
  const recent = growth(samples)
  const unknown = steps.some(({ counts }) => counts.finished + counts.failed === 0 && counts.waiting + counts.running > 0)
  if (!recent || recent.percent <= 0 || unknown) return null
  return ((100 - recent.last.percent) * recent.seconds) / recent.percent
}

/** Ended files per minute. Null: unknown. */
export function filesPerMinute(samples: ProgressSamples): number | null {
  const recent = growth(samples)
  if (!recent || recent.ended <= 0) return null
  return (60 * recent.ended) / recent.seconds
}

function growth(samples: ProgressSamples): { seconds: number; percent: number; ended: number; last: Sample } | null {
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last || last.at - first.at < MIN_SPAN_MS) return null
  return {
    seconds: (last.at - first.at) / 1000,
    percent: last.percent - first.percent,
    ended: last.ended - first.ended,
    last,
  }
}

/** Formats a rounded estimate: `about 25 min`. */
export function formatEstimate(seconds: number): string {
  const step = seconds < 60 ? 5 : seconds < 600 ? 30 : seconds < 7200 ? 300 : 1800
  return `about ${formatDuration(Math.max(step, Math.round(seconds / step) * step))}`
}

/** `12 files/min`, or files per hour for lower rates. */
export function formatFileRate(perMinute: number): string {
  if (perMinute >= 1) return `${formatCount(Math.round(perMinute))} files/min`
  return `${formatCount(Math.round(perMinute * 60))} files/h`
}
