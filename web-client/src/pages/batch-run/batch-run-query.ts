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
  /** Null: there is none. Undefined: not known yet. */
  run: Run | null | undefined
  /** It is among those that all pages watch. */
  active: boolean
  /** Why nothing is known. */
  problem: string | null
  onRetry: () => void
}

/** A batch run: live while it is active, and as it was read when it is over. */
export function useBatchRun(id: string): BatchRunResult {
  const { data: told, refusal, gaps } = useActiveRuns()
  const live = told?.activeBatchRuns.find((run) => run.id === id)
  const active = live !== undefined
  const [last, setLast] = useState(live)
  if (live && live !== last) setLast(live)
  const [{ data, error, fetching }, ask] = useQuery({
    query: OneRun,
    variables: { id },
    pause: told === undefined || active,
    requestPolicy: 'network-only',
  })
  useRefetchOnChange(String(gaps), () => {
    if (!active) ask({ requestPolicy: 'network-only' })
  })
  const shown = live ?? (fetching || !data ? last : undefined) // as it was, until it is known how it ended
  return {
    run: shown ? { ...shown, endedAt: null } : data?.batchRun,
    active,
    problem: refusal?.message ?? (error && problemOf(error).message) ?? null,
    onRetry: () => ask({ requestPolicy: 'network-only' }),
  }
}
