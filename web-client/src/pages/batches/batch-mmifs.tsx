import { FileJson2 } from 'lucide-react'
import { useQuery } from 'urql'
import { DataTable, unsorted } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { Panel } from '../../components/panel'
import { graphql } from '../../lib/graphql'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnResults } from '../../lib/refetch-on-results'
import * as columns from '../mmifs/mmif-columns'
import { MmifFields } from '../mmifs/mmif-fields'
import { batchRoute } from './batch-route'
import { usePageNavigation } from './use-page-navigation'

const Inputs = graphql(
  `
    query BatchInputs($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      batch(id: $id) {
        mmifs: inputMmifs(first: $first, after: $after, last: $last, before: $before) {
          nodes { ...MmifFields }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          totalCount { count exact }
        }
      }
    }
  `,
  [MmifFields],
)

const Results = graphql(
  `
    query BatchResults($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      batch(id: $id) {
        mmifs: outputMmifs(first: $first, after: $after, last: $last, before: $before) {
          nodes { ...MmifFields }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          totalCount { count exact }
        }
      }
    }
  `,
  [MmifFields],
)

/** The MMIF that the files of a batch start from. */
export function BatchInputs({ id }: { id: string }) {
  return (
    <BatchMmifs id={id} query={Inputs} label="MMIF to start from" emptyTitle="No inputs">
      Its files have no MMIF of their own to start from. A batch that is made of MMIF has them.
    </BatchMmifs>
  )
}

/** The newest MMIF of each file that apps made of it. */
export function BatchResults({ id }: { id: string }) {
  return (
    <BatchMmifs id={id} query={Results} label="Results" emptyTitle="No results yet">
      Of each file the newest MMIF stands here once an app of a run has made one.
    </BatchMmifs>
  )
}

const COLUMNS = [columns.GUID, columns.MADE_BY, columns.SIZE, columns.MADE].map(unsorted)

interface BatchMmifsProps {
  id: string
  query: typeof Inputs | typeof Results
  label: string
  emptyTitle: string
  /** Shown below `emptyTitle`. */
  children: string
}

function BatchMmifs({ id, query, label, emptyTitle, children }: BatchMmifsProps) {
  const search = batchRoute.useSearch()
  const goToPage = usePageNavigation()
  const [result, ask] = useQuery({ query, variables: { id, ...pageVariables(search) } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  useRefetchOnResults(refetch)
  return (
    <Panel flush>
      <QueryResult result={result} label="MMIF" onRetry={refetch}>
        {({ batch }, fetching) =>
          batch && (
            <DataTable
              label={label}
              columns={COLUMNS}
              page={{ ...batch.mmifs, rows: batch.mmifs.nodes }}
              rowKey={(mmif) => mmif.id}
              rowName={(mmif) => mmif.mediaFile.guid}
              onPageChange={goToPage}
              fetching={fetching}
              empty={
                <EmptyState icon={<FileJson2 size={26} />} title={emptyTitle}>
                  {children}
                </EmptyState>
              }
            />
          )
        }
      </QueryResult>
    </Panel>
  )
}
