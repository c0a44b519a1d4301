/** The rate and remaining time of a run. All pages share the samples, so they show the same numbers. */
import type { RunStatus } from './graphql'
import { filesPerMinute, addSample, estimateSecondsLeft, type ProgressSamples } from './progress-rate'

interface RunProgress {
  id: string
  status: RunStatus
  percent: number
  asOf: string
  startedAt: string | null
  endedAt?: string | null
  counts: { finished: number; failed: number; canceled: number }
  steps: Parameters<typeof estimateSecondsLeft>[1]
}

interface RunRate {
  /** Recent ended files per minute, or the average of an ended run. Null: unknown or paused. */
  perMinute: number | null
  /** Null: unknown or paused. */
  secondsLeft: number | null
}

interface LatestSamples {
  asOf: string
  samples: ProgressSamples
}

const MAX_RUNS = 200
const samplesByRun = new Map<string, LatestSamples>()

export function runRate(run: RunProgress): RunRate {
  const { startedAt, endedAt = null } = run
  if (startedAt !== null && endedAt !== null) {
    const minutes = (Date.parse(endedAt) - Date.parse(startedAt)) / 60_000
    return { perMinute: minutes > 0 ? endedFiles(run) / minutes : null, secondsLeft: null }
  }
  const samples = samplesOf(run)
  return { perMinute: filesPerMinute(samples), secondsLeft: estimateSecondsLeft(samples, run.steps) }
}

/** Adds a sample for a new state. The first sample is the start of the run, so that a newly opened page has an estimate. */
function samplesOf(run: RunProgress): ProgressSamples {
  const latest = samplesByRun.get(run.id)
  if (latest?.asOf === run.asOf) return latest.samples
  const next = nextSamples(run, latest?.samples)
  samplesByRun.set(run.id, { asOf: run.asOf, samples: next })
  const [oldest] = samplesByRun.keys()
  if (samplesByRun.size > MAX_RUNS && oldest !== undefined) samplesByRun.delete(oldest)
  return next
}

function nextSamples(run: RunProgress, before: ProgressSamples | undefined): ProgressSamples {
  if (run.status !== 'RUNNING') return [] // a resumed run starts with new samples
  const samples = before ?? (run.startedAt === null ? [] : addSample([], Date.parse(run.startedAt), 0, 0))
  return addSample(samples, Date.parse(run.asOf), run.percent, endedFiles(run))
}

function endedFiles({ counts }: RunProgress): number {
  return counts.finished + counts.failed + counts.canceled
}
