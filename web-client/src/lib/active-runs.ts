import { useMemo } from 'react'
import { graphql, type ResultOf } from './graphql'
import { useLive } from './live'

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

const ActiveRuns = graphql(
  `
    subscription ActiveRuns {
      activeBatchRuns {
        ...RunState
        stale
        batch { id }
      }
    }
  `,
  [RunState],
)

type ActiveRun = ResultOf<typeof ActiveRuns>['activeBatchRuns'][number]

export interface ActiveRunsNow {
  /** The newest state of a run that was read before. */
  newest: <Run extends RunState>(run: Run) => Run
  /** By batch: its newest one. */
  ofBatch: (batchId: string) => RunState | undefined
  /** Changes when a run begins or ends: what was read before is read again then. */
  which: string | undefined
  staleSince: number | null
}

/** What is under way, so that lists tell how things are now without being asked again. */
export function useActiveRuns(): ActiveRunsNow {
  const { data, staleSince } = useLive(ActiveRuns, {})
  return useMemo(() => {
    const runs = new Map<string, ActiveRun>(data?.activeBatchRuns.map((run) => [run.id, run]))
    const ofBatch = new Map<string, ActiveRun>()
    for (const run of runs.values()) {
      const known = ofBatch.get(run.batch.id)
      if (!known || run.createdAt > known.createdAt) ofBatch.set(run.batch.id, run)
    }
    return {
      newest: (run) => ({ ...run, ...runs.get(run.id) }),
      ofBatch: (batchId) => ofBatch.get(batchId),
      which: data && [...runs.keys()].sort().join(' '),
      staleSince,
    }
  }, [data, staleSince])
}
