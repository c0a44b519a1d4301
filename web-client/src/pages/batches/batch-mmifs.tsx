import { FileJson2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { DataTable, unsorted, type ListPage } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { Panel } from '../../components/panel'
import { graphql } from '../../lib/graphql'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnResults } from '../../lib/refetch-on-results'
import * as columns from '../mmifs/mmif-columns'
import { MmifFields, type MmifRow } from '../mmifs/mmif-fields'
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

/** What its files start from. */
export function BatchInputs({ id }: { id: string }) {
  const search = batchRoute.useSearch()
  const [result, ask] = useQuery({ query: Inputs, variables: { id, ...pageVariables(search) } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  useRefetchOnResults(refetch)
  return (
    <Panel flush>
      <QueryResult result={result} label="MMIF" onRetry={refetch}>
        {({ batch }, fetching) =>
          batch && (
            <MmifTable
              label="MMIF to start from"
              page={{ ...batch.mmifs, rows: batch.mmifs.nodes }}
              fetching={fetching}
              empty={
                <EmptyState icon={<FileJson2 size={26} />} title="No inputs">
                  Its files have no MMIF of their own to start from. A batch that is made of MMIF has them.
                </EmptyState>
              }
            />
          )
        }
      </QueryResult>
    </Panel>
  )
}

/** Of each file the newest MMIF that apps made of it. */
export function BatchResults({ id }: { id: string }) {
  const search = batchRoute.useSearch()
  const [result, ask] = useQuery({ query: Results, variables: { id, ...pageVariables(search) } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  useRefetchOnResults(refetch)
  return (
    <Panel flush>
      <QueryResult result={result} label="MMIF" onRetry={refetch}>
        {({ batch }, fetching) =>
          batch && (
            <MmifTable
              label="Results"
              page={{ ...batch.mmifs, rows: batch.mmifs.nodes }}
              fetching={fetching}
              empty={
                <EmptyState icon={<FileJson2 size={26} />} title="No results yet">
                  Of each file the newest MMIF stands here once an app of a run has made one.
                </EmptyState>
              }
            />
          )
        }
      </QueryResult>
    </Panel>
  )
}

const COLUMNS = [columns.GUID, columns.MADE_BY, columns.SIZE, columns.MADE].map(unsorted)

interface MmifTableProps {
  label: string
  page: ListPage<MmifRow>
  fetching: boolean
  empty: ReactNode
}

function MmifTable({ label, page, fetching, empty }: MmifTableProps) {
  const goToPage = usePageNavigation()
  return (
    <DataTable
      label={label}
      columns={COLUMNS}
      page={page}
      rowKey={(mmif) => mmif.id}
      rowName={(mmif) => mmif.mediaFile.guid}
      onPageChange={goToPage}
      fetching={fetching}
      empty={empty}
    />
  )
}
