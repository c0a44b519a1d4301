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
  /** Returns a run with its latest state. */
  newest: <Run extends RunState>(run: Run) => Run
  /** Returns the state of the newest active run of a batch. */
  newestOfBatch: (batchId: string) => RunState | undefined
  /** Changes when a run starts or ends, and after a connection gap. Lists refetch when it changes. */
  refetchKey: string | undefined
  staleSince: number | null
}

/** The live state of active runs, so that lists stay current without a refetch. */
export function useLiveRuns(): LiveRuns {
  const { data, staleSince, gaps } = useActiveRuns()
  return useMemo(() => {
    const runs = new Map<string, ActiveRun>(data?.activeBatchRuns.map((run) => [run.id, run]))
    const ofBatch = new Map<string, ActiveRun>()
    for (const run of runs.values()) {
      const newest = ofBatch.get(run.batch.id)
      if (!newest || run.createdAt > newest.createdAt) ofBatch.set(run.batch.id, run)
    }
    const state = (run: ActiveRun): RunState => ({ ...run, endedAt: null })
    return {
      newest: (run) => {
        const latest = runs.get(run.id)
        return latest ? { ...run, ...state(latest) } : run
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
