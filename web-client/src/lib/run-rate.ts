/** The rate of a run and what is left of it: the same on every page, as all pages note into the same pace. */
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
  /** Files that end in a minute: of late, or of the whole run if it has ended. Null: not known, or it stands still. */
  perMinute: number | null
  /** Null: not known, or it stands still. */
  secondsLeft: number | null
}

interface LatestSamples {
  asOf: string
  pace: ProgressSamples
}

const KEPT_RUNS = 200 // runs
const samplesByRun = new Map<string, LatestSamples>()

export function runRate(run: RunProgress): RunRate {
  const { startedAt, endedAt = null } = run
  if (startedAt !== null && endedAt !== null) {
    const minutes = (Date.parse(endedAt) - Date.parse(startedAt)) / 60_000
    return { perMinute: minutes > 0 ? endedFiles(run) / minutes : null, secondsLeft: null }
  }
  const pace = samplesOf(run)
  return { perMinute: filesPerMinute(pace), secondsLeft: estimateSecondsLeft(pace, run.steps) }
}

/** Noted with each state that comes; from its start, so that there is an estimate as soon as a page is opened. */
function samplesOf(run: RunProgress): ProgressSamples {
  const known = samplesByRun.get(run.id)
  if (known?.asOf === run.asOf) return known.pace
  const pace = nextSamples(run, known?.pace)
  samplesByRun.set(run.id, { asOf: run.asOf, pace })
  const [oldest] = samplesByRun.keys()
  if (samplesByRun.size > KEPT_RUNS && oldest !== undefined) samplesByRun.delete(oldest)
  return pace
}

function nextSamples(run: RunProgress, before: ProgressSamples | undefined): ProgressSamples {
  if (run.status !== 'RUNNING') return [] // once it runs again, it begins anew
  const begun = before ?? (run.startedAt === null ? [] : addSample([], Date.parse(run.startedAt), 0, 0))
  return addSample(begun, Date.parse(run.asOf), run.percent, endedFiles(run))
}

function endedFiles({ counts }: RunProgress): number {
  return counts.finished + counts.failed + counts.canceled
}
