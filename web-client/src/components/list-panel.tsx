import type { ReactNode } from 'react'
import { isFiltered } from '../lib/list-search'
import type { ListQuery } from '../lib/list-query'
import type { PageSearch } from '../lib/pagination'
import { DataTable, type Column, type ListPage } from './data-table'
import { NoMatches } from './no-matches'
import { Panel } from './panel'
import { QueryResult } from './query-result'

/** A page of rows, as the API returns it. */
interface Connection<Row> extends Omit<ListPage<Row>, 'rows'> {
  nodes: Row[]
}

interface ListPanelProps<Data, Row, Sort extends string> {
  list: ListQuery<Data, Sort>
  connection: (data: Data) => Connection<Row>
  /** Name of the rows, e.g. "Batches". */
  label: string
  /** As in "No batch matches". */
  noun: string
  search: PageSearch<Sort>
  /** A FilterBar. */
  filters: ReactNode
  columns: Column<Row, Sort>[]
  rowKey: (row: Row) => string
  rowName: (row: Row) => string
  onPageChange: (page: PageSearch<Sort>) => void
  bulkActions: ReactNode
  /** Shown if there are no rows and no filter is set. */
  empty: ReactNode
}

/** A list that fills a page: filters, a table with bulk actions, and an empty state. */
export function ListPanel<Data, Row, Sort extends string>({
  list: { result, refetch, sort, descending, selecting },
  connection,
  label,
  noun,
  search,
  filters,
  empty,
  ...table
}: ListPanelProps<Data, Row, Sort>) {
  return (
    <Panel flush>
      {filters}
      <QueryResult result={result} label={label} onRetry={refetch}>
        {(data, fetching) => {
          const { nodes, ...page } = connection(data)
          return (
            <DataTable
              {...table}
              label={label}
              page={{ rows: nodes, ...page }}
              sort={sort}
              descending={descending}
              selecting={selecting}
              fetching={fetching}
              empty={isFiltered(search) ? <NoMatches noun={noun} /> : empty}
            />
          )
        }}
      </QueryResult>
    </Panel>
  )
}
