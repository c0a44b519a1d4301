import { FileJson2 } from 'lucide-react'
import { useQuery } from 'urql'
import { DataTable, unsorted } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { Panel } from '../../components/panel'
import { graphql } from '../../lib/graphql'
import { updateListSearch } from '../../lib/list-search'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnResults } from '../../lib/refetch-on-results'
import * as columns from '../mmifs/mmif-columns'
import { MmifFields } from '../mmifs/mmif-fields'
import { mediaFileRoute } from './media-file-route'

const FileMmifsQuery = graphql(
  `
    query FileMmifs($guid: String!, $first: Int, $after: String, $last: Int, $before: String) {
      mediaFile(guid: $guid) {
        mmifs(first: $first, after: $after, last: $last, before: $before) {
          nodes { ...MmifFields }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          totalCount { count exact }
        }
      }
    }
  `,
  [MmifFields],
)

const COLUMNS = [columns.ORIGIN, columns.RUN, columns.SIZE, columns.CREATED].map(unsorted)

/** All MMIF of a media file, with the app that created each. */
export function FileMmifs({ guid }: { guid: string }) {
  const search = mediaFileRoute.useSearch()
  const navigate = mediaFileRoute.useNavigate()
  const [result, executeQuery] = useQuery({ query: FileMmifsQuery, variables: { guid, ...pageVariables(search) } })
  const refetch = () => executeQuery({ requestPolicy: 'network-only' })
  useRefetchOnResults(refetch)
  return (
    <Panel flush>
      <QueryResult result={result} label="MMIF" onRetry={refetch}>
        {({ mediaFile }, fetching) =>
          mediaFile && (
            <DataTable
              label="MMIF"
              columns={COLUMNS}
              page={{ ...mediaFile.mmifs, rows: mediaFile.mmifs.nodes }}
              rowKey={({ id }) => id}
              rowName={({ id }) => id}
              onPageChange={(page) => void navigate({ search: (current) => updateListSearch(current, page) })}
              fetching={fetching}
              empty={
                <EmptyState icon={<FileJson2 size={26} />} title="No MMIF yet">
                  Results of apps appear here after this file runs through a pipeline.
                </EmptyState>
              }
            />
          )
        }
      </QueryResult>
    </Panel>
  )
}
