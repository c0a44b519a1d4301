import { ChartGantt, ChevronLeft, ChevronRight, Rows3, Users } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { EmptyState } from '../../components/empty-state'
import { ErrorState } from '../../components/error-state'
import { Loading } from '../../components/loading'
import { problemOf } from '../../lib/client'
import { pluralize } from '../../lib/format'
import { CallTable } from './call-table'
import type { FilesStore } from './files-store'
import { Gantt } from './gantt'
import { callOf, RunCalls } from './run-calls'
import styles from './workers-view.module.css'

interface WorkersViewProps {
  run: string
  store: FilesStore
  staleSince: number | null
}

const CALLS = 200
const PAUSE_MS = 2_000

/** App calls by worker. The newest page follows the run. */
export function WorkersView({ run, store, staleSince }: WorkersViewProps) {
  const [cursor, setCursor] = useState<{ after?: string; before?: string }>({})
  const [asTable, setAsTable] = useState(false)
  const paging = cursor.before === undefined ? { first: CALLS, ...cursor } : { last: CALLS, ...cursor }
  const [{ data, error, fetching }, refetch] = useQuery({
    query: RunCalls,
    variables: { id: run, ...paging },
    requestPolicy: 'network-only',
  })
  const newest = cursor.after === undefined && cursor.before === undefined
  useEffect(() => {
    if (!newest) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const unwatch = store.watch(() => {
      timer ??= setTimeout(() => {
        timer = undefined
        refetch({ requestPolicy: 'network-only' })
      }, PAUSE_MS)
    })
    return () => {
      unwatch()
      clearTimeout(timer)
    }
  }, [newest, store, refetch])

  const batchRun = data?.batchRun
  const calls = useMemo(() => (batchRun?.attempts.nodes ?? []).map(callOf), [batchRun])
  if (error && !batchRun) return <ErrorState message={problemOf(error).message} onRetry={() => refetch()} />
  if (!batchRun) return <div className={styles.loading}><Loading lines={8} /></div>
  if (calls.length === 0 && newest) {
    return (
      <EmptyState icon={<Users size={26} />} title="No app calls yet">
        Calls appear here as soon as a worker calls an app.
      </EmptyState>
    )
  }
  const { pageInfo } = batchRun.attempts
  const older = pageInfo.endCursor
  const newer = pageInfo.startCursor
  return (
    <div aria-busy={fetching}>
      <div className={styles.bar}>
        <p>{newest ? `Last ${pluralize(calls.length, 'call')}` : pluralize(calls.length, 'call')}</p>
        <div className={styles.turn}>
          <Button
            small
            icon={<ChevronLeft aria-hidden size={16} />}
            disabled={!pageInfo.hasNextPage || older === null}
            onClick={() => older !== null && setCursor({ after: older })}
          >
            Earlier
          </Button>
          <Button
            small
            disabled={newest || newer === null}
            onClick={() => setCursor(pageInfo.hasPreviousPage && newer !== null ? { before: newer } : {})}
          >
            Later
            <ChevronRight aria-hidden size={16} />
          </Button>
          <Button small disabled={newest} onClick={() => setCursor({})}>
            Newest
          </Button>
        </div>
        <Button
          small
          icon={asTable ? <ChartGantt aria-hidden size={15} /> : <Rows3 aria-hidden size={15} />}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'Show chart' : 'Show table'}
        </Button>
      </div>
      {asTable ? (
        <CallTable calls={calls} />
      ) : (
        <Gantt calls={calls} asOf={Date.parse(batchRun.asOf)} live={newest} staleSince={staleSince} />
      )}
    </div>
  )
}
