import { Play } from 'lucide-react'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { DataTable, unsorted } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { Fetched } from '../../components/fetched'
import { Panel } from '../../components/panel'
import type { NewestRuns } from '../../lib/newest-runs'
import { graphql } from '../../lib/graphql'
import { pageVariables } from '../../lib/paging'
import { useReread } from '../../lib/reread'
import * as columns from '../runs/run-columns'
import { RunFields } from '../runs/run-fields'
import { batchRoute } from './batch-route'
import { useTurn } from './turn'

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

export function BatchRuns({ id, active }: { id: string; active: NewestRuns }) {
  const search = batchRoute.useSearch()
  const turn = useTurn()
  const [result, ask] = useQuery({ query: BatchRunsQuery, variables: { id, ...pageVariables(search) } })
  const reread = () => ask({ requestPolicy: 'network-only' })
  useReread(active.which, reread)
  const { staleSince } = active
  const shown = useMemo(
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
      <Fetched result={result} label="Runs" onRetry={reread}>
        {({ batch }, fetching) =>
          batch && (
            <DataTable
              label="Runs"
              columns={shown}
              page={{ ...batch.runs, rows: batch.runs.nodes.map(active.newest) }}
              rowKey={(run) => run.id}
              rowName={(run) => run.pipeline.name}
              onTurn={turn}
              fetching={fetching}
              empty={
                <EmptyState icon={<Play size={26} />} title="It was never started">
                  Each start of the batch on a pipeline is told here, with what became of its files.
                </EmptyState>
              }
            />
          )
        }
      </Fetched>
    </Panel>
  )
}
