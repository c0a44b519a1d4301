import { useState } from 'react'
import { useQuery } from 'urql'
import { useActiveRuns } from '../../lib/active-runs'
import { problemOf } from '../../lib/client'
import { graphql, type ResultOf } from '../../lib/graphql'
import { useRefetchOnChange } from '../../lib/refetch-on-change'

const OneRun = graphql(`
  query OneRun($id: ID!) {
    batchRun(id: $id) {
      id
      status
      percent
      priority
      stale
      asOf
      createdAt
      startedAt
      endedAt
      counts { total waiting running finished failed canceled }
      batch { id name }
      pipeline { id name version }
      warnings
      steps {
        position
        percent
        counts { total waiting running finished failed canceled }
        app { id name }
        waitingFor { reason message until }
      }
    }
  }
`)

export type Run = NonNullable<ResultOf<typeof OneRun>['batchRun']>

export interface BatchRunResult {
  /** Null: it does not exist. Undefined: not loaded yet. */
  run: Run | null | undefined
  /** Whether the subscription to active runs includes it. */
  active: boolean
  /** Why it could not be loaded. */
  problem: string | null
  onRetry: () => void
}

/** A batch run: from the live subscription while it is active, from a query after it has ended. */
export function useBatchRun(id: string): BatchRunResult {
  const { data: activeRuns, refusal, gaps } = useActiveRuns()
  const live = activeRuns?.activeBatchRuns.find((run) => run.id === id)
  const active = live !== undefined
  const [last, setLast] = useState(live)
  if (live && live !== last) setLast(live)
  const [{ data, error, fetching }, refetch] = useQuery({
    query: OneRun,
    variables: { id },
    pause: activeRuns === undefined || active,
    requestPolicy: 'network-only',
  })
  useRefetchOnChange(String(gaps), () => {
    if (!active) refetch({ requestPolicy: 'network-only' })
  })
  const shown = live ?? (fetching || !data ? last : undefined) // the last live state, until the query returns the final one
  return {
    run: shown ? { ...shown, endedAt: null } : data?.batchRun,
    active,
    problem: refusal?.message ?? (error && problemOf(error).message) ?? null,
    onRetry: () => refetch({ requestPolicy: 'network-only' }),
  }
}
