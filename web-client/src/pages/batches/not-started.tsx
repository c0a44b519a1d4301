import { CircleCheck } from 'lucide-react'
import { useQuery } from 'urql'
import { DataTable, unsorted } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { Fetched } from '../../components/fetched'
import { Panel } from '../../components/panel'
import { graphql } from '../../lib/graphql'
import { pageVariables } from '../../lib/paging'
import { useResultsReread } from '../../lib/results'
import { ADDED, COLLECTIONS, DOCUMENTS, GUID, LENGTH, NEWEST_MMIF } from '../media/media-columns'
import { MediaFileFields } from '../media/media-fields'
import { batchRoute } from './batch-route'
import { useTurn } from './turn'

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

/** Media files that none of the batch's runs has begun. */
export function NotStarted({ id }: { id: string }) {
  const search = batchRoute.useSearch()
  const turn = useTurn()
  const [result, ask] = useQuery({ query: NotStartedQuery, variables: { id, ...pageVariables(search) } })
  const reread = () => ask({ requestPolicy: 'network-only' })
  useResultsReread(reread)
  return (
    <Panel flush>
      <Fetched result={result} label="Media files" onRetry={reread}>
        {({ batch }, fetching) =>
          batch && (
            <DataTable
              label="Media files that were not started"
              columns={COLUMNS}
              page={{ ...batch.notStarted, rows: batch.notStarted.nodes }}
              rowKey={(file) => file.guid}
              rowName={(file) => file.guid}
              onTurn={turn}
              fetching={fetching}
              empty={
                <EmptyState icon={<CircleCheck size={26} />} title="All files were started">
                  Each of its media files has been begun by one of its runs.
                </EmptyState>
              }
            />
          )
        }
      </Fetched>
    </Panel>
  )
}
