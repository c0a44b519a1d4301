import { CircleCheck } from 'lucide-react'
import { useQuery } from 'urql'
import { DataTable, unsorted } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { Panel } from '../../components/panel'
import { graphql } from '../../lib/graphql'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnResults } from '../../lib/refetch-on-results'
import { ADDED, COLLECTIONS, DOCUMENTS, GUID, LENGTH, NEWEST_MMIF } from '../media/media-columns'
import { MediaFileFields } from '../media/media-fields'
import { batchRoute } from './batch-route'
import { usePageNavigation } from './use-page-navigation'

const NotStartedQuery = graphql(
  `
    query NotStarted($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      batch(id: $id) {
        notStarted(first: $first, after: $after, last: $last, before: $before) {
          nodes { ...MediaFileFields }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          totalCount { count exact }
        }
      }
    }
  `,
  [MediaFileFields],
)

const COLUMNS = [GUID, DOCUMENTS, LENGTH, COLLECTIONS, NEWEST_MMIF, ADDED].map(unsorted)

/** Media files of a batch that no run has started. */
export function NotStartedFiles({ id }: { id: string }) {
  const search = batchRoute.useSearch()
  const goToPage = usePageNavigation()
  const [result, executeQuery] = useQuery({ query: NotStartedQuery, variables: { id, ...pageVariables(search) } })
  const refetch = () => executeQuery({ requestPolicy: 'network-only' })
  useRefetchOnResults(refetch)
  return (
    <Panel flush>
      <QueryResult result={result} label="Media files" onRetry={refetch}>
        {({ batch }, fetching) =>
          batch && (
            <DataTable
              label="Media files that have not started"
              columns={COLUMNS}
              page={{ ...batch.notStarted, rows: batch.notStarted.nodes }}
              rowKey={(file) => file.guid}
              rowName={(file) => file.guid}
              onPageChange={goToPage}
              fetching={fetching}
              empty={
                <EmptyState icon={<CircleCheck size={26} />} title="No files left to start">
                  A run has started every media file of this batch.
                </EmptyState>
              }
            />
          )
        }
      </QueryResult>
    </Panel>
  )
}
