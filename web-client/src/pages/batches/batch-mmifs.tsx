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

/** The MMIF from which the files of a batch start. */
export function BatchInputs({ id }: { id: string }) {
  return (
    <BatchMmifs id={id} query={Inputs} label="Input MMIF" emptyTitle="No inputs">
      The files in this batch start from scratch. A batch created from MMIF has inputs.
    </BatchMmifs>
  )
}

/** The newest MMIF that apps created for each file. */
export function BatchResults({ id }: { id: string }) {
  return (
    <BatchMmifs id={id} query={Results} label="Results" emptyTitle="No results yet">
      The newest MMIF of each file appears here when an app finishes with it.
    </BatchMmifs>
  )
}

const COLUMNS = [columns.GUID, columns.ORIGIN, columns.SIZE, columns.CREATED].map(unsorted)

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
  const [result, executeQuery] = useQuery({ query, variables: { id, ...pageVariables(search) } })
  const refetch = () => executeQuery({ requestPolicy: 'network-only' })
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
