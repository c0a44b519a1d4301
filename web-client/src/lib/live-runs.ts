import { useMemo } from 'react'
import { useActiveRuns, type ActiveRun } from './active-runs'
import { graphql, type ResultOf } from './graphql'

export const RunState = graphql(`
  fragment RunState on BatchRun @_unmask {
    id
    status
    percent
    counts { total waiting running finished failed canceled }
    createdAt
    startedAt
    endedAt
  }
`)

export type RunState = ResultOf<typeof RunState>

export interface LiveRuns {
  /** The newest state of a run that was read before. */
  newest: <Run extends RunState>(run: Run) => Run
  /** By batch: its newest one. */
  newestOfBatch: (batchId: string) => RunState | undefined
  /** Changes when a run begins or ends, and after a gap in what was heard: what was read before is read again then. */
  refetchKey: string | undefined
  staleSince: number | null
}

/** What is under way, so that lists tell how things are now without being asked again. */
export function useLiveRuns(): LiveRuns {
  const { data, staleSince, gaps } = useActiveRuns()
  return useMemo(() => {
    const runs = new Map<string, ActiveRun>(data?.activeBatchRuns.map((run) => [run.id, run]))
    const ofBatch = new Map<string, ActiveRun>()
    for (const run of runs.values()) {
      const known = ofBatch.get(run.batch.id)
      if (!known || run.createdAt > known.createdAt) ofBatch.set(run.batch.id, run)
    }
    const state = (run: ActiveRun): RunState => ({ ...run, endedAt: null })
    return {
      newest: (run) => {
        const now = runs.get(run.id)
        return now ? { ...run, ...state(now) } : run
      },
      newestOfBatch: (batchId) => {
        const found = ofBatch.get(batchId)
        return found && state(found)
      },
      refetchKey: data || staleSince !== null ? [gaps, ...[...runs.keys()].sort()].join(' ') : undefined,
      staleSince,
    }
  }, [data, staleSince, gaps])
}
