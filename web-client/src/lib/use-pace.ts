import { useState } from 'react'
import type { RunStatus } from './graphql'
import { noted, type Pace } from './pace'

interface PacedRun {
  status: RunStatus
  percent: number
  asOf: string
  startedAt: string | null
  counts: { finished: number; failed: number; canceled: number }
}

/** Noted with each state that comes; from its start, so that there is an estimate as soon as the page is opened. */
export function usePace(run: PacedRun): Pace {
  const { counts, percent: done, asOf, startedAt, status } = run
  const [known, setKnown] = useState<{ asOf: string; status: string; pace: Pace }>({ asOf: '', status, pace: [] })
  if (known.asOf === asOf) return known.pace
  const begun = known.asOf === '' && status === 'RUNNING' && startedAt !== null
  const before = begun ? noted([], Date.parse(startedAt), 0, 0) : known.status === status ? known.pace : []
  const pace = noted(before, Date.parse(asOf), done, counts.finished + counts.failed + counts.canceled)
  setKnown({ asOf, status, pace })
  return pace
}
