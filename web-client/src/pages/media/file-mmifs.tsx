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

const COLUMNS = [columns.MADE_BY, columns.RUN, columns.SIZE, columns.MADE].map(unsorted)

/** All MMIF that there are of a media file, and which app made each. */
export function FileMmifs({ guid }: { guid: string }) {
  const search = mediaFileRoute.useSearch()
  const navigate = mediaFileRoute.useNavigate()
  const [result, ask] = useQuery({ query: FileMmifsQuery, variables: { guid, ...pageVariables(search) } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
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
              onPageChange={(page) => void navigate({ search: (now) => updateListSearch(now, page) })}
              fetching={fetching}
              empty={
                <EmptyState icon={<FileJson2 size={26} />} title="No MMIF yet">
                  What apps find in it stands here once it has been through a pipeline.
                </EmptyState>
              }
            />
          )
        }
      </QueryResult>
    </Panel>
  )
}
