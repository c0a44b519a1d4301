/** The rate of a run and what is left of it: the same on every page, as all pages note into the same pace. */
import type { RunStatus } from './graphql'
import { filesPerMinute, noted, secondsLeft, type Pace } from './pace'

interface PacedRun {
  id: string
  status: RunStatus
  percent: number
  asOf: string
  startedAt: string | null
  endedAt?: string | null
  counts: { finished: number; failed: number; canceled: number }
  steps: Parameters<typeof secondsLeft>[1]
}

interface RunPace {
  /** Files that end in a minute: of late, or of the whole run if it has ended. Null: not known, or it stands still. */
  perMinute: number | null
  /** Null: not known, or it stands still. */
  secondsLeft: number | null
}

interface Noted {
  asOf: string
  pace: Pace
}

const KEPT = 200 // runs
const paces = new Map<string, Noted>()

export function runPace(run: PacedRun): RunPace {
  const { startedAt, endedAt = null } = run
  if (startedAt !== null && endedAt !== null) {
    const minutes = (Date.parse(endedAt) - Date.parse(startedAt)) / 60_000
    return { perMinute: minutes > 0 ? endedOf(run) / minutes : null, secondsLeft: null }
  }
  const pace = paceOf(run)
  return { perMinute: filesPerMinute(pace), secondsLeft: secondsLeft(pace, run.steps) }
}

/** Noted with each state that comes; from its start, so that there is an estimate as soon as a page is opened. */
function paceOf(run: PacedRun): Pace {
  const known = paces.get(run.id)
  if (known?.asOf === run.asOf) return known.pace
  const pace = next(run, known?.pace)
  paces.set(run.id, { asOf: run.asOf, pace })
  const [oldest] = paces.keys()
  if (paces.size > KEPT && oldest !== undefined) paces.delete(oldest)
  return pace
}

function next(run: PacedRun, before: Pace | undefined): Pace {
  if (run.status !== 'RUNNING') return [] // once it runs again, it begins anew
  const begun = before ?? (run.startedAt === null ? [] : noted([], Date.parse(run.startedAt), 0, 0))
  return noted(begun, Date.parse(run.asOf), run.percent, endedOf(run))
}

function endedOf({ counts }: PacedRun): number {
  return counts.finished + counts.failed + counts.canceled
}
