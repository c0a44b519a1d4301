import { Play } from 'lucide-react'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { DataTable, unsorted } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { Panel } from '../../components/panel'
import type { LiveRuns } from '../../lib/live-runs'
import { graphql } from '../../lib/graphql'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import * as columns from '../runs/run-columns'
import { RunFields } from '../runs/run-fields'
import { batchRoute } from './batch-route'
import { usePageNavigation } from './use-page-navigation'

const BatchRunsQuery = graphql(
  `
    query BatchRunsOfBatch($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      batch(id: $id) {
        runs(first: $first, after: $after, last: $last, before: $before) {
          nodes { ...RunFields }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          totalCount { count exact }
        }
      }
    }
  `,
  [RunFields],
)

export function BatchRuns({ id, active }: { id: string; active: LiveRuns }) {
  const search = batchRoute.useSearch()
  const goToPage = usePageNavigation()
  const [result, executeQuery] = useQuery({ query: BatchRunsQuery, variables: { id, ...pageVariables(search) } })
  const refetch = () => executeQuery({ requestPolicy: 'network-only' })
  useRefetchOnChange(active.refetchKey, refetch)
  const { staleSince } = active
  const visibleColumns = useMemo(
    () =>
      [
        columns.PIPELINE_LINK,
        columns.progress(staleSince),
        columns.FILES,
        columns.FAILED,
        columns.took(staleSince),
        columns.STARTED,
      ].map(unsorted),
    [staleSince],
  )
  return (
    <Panel flush>
      <QueryResult result={result} label="Runs" onRetry={refetch}>
        {({ batch }, fetching) =>
          batch && (
            <DataTable
              label="Runs"
              columns={visibleColumns}
              page={{ ...batch.runs, rows: batch.runs.nodes.map(active.newest) }}
              rowKey={(run) => run.id}
              rowName={(run) => run.pipeline.name}
              onPageChange={goToPage}
              fetching={fetching}
              empty={
                <EmptyState icon={<Play size={26} />} title="No runs yet">
                  Start the batch to see its runs and their results here.
                </EmptyState>
              }
            />
          )
        }
      </QueryResult>
    </Panel>
  )
}
