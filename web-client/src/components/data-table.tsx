import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import type { PageInfo, PageSearch } from '../lib/pagination'
import type { RowSelection } from '../lib/selection'
import { formatCount } from '../lib/format'
import { BulkBar } from './bulk-bar'
import { Button } from './button'
import styles from './data-table.module.css'
import { SelectBox } from './select-box'

export interface Column<Row, Sort extends string> {
  header: string
  cell: (row: Row) => ReactNode
  /** The header sorts by this. `descending`: so on the first press. */
  sort?: { by: Sort; descending: boolean }
  /** Numbers stand at the right. */
  end?: boolean
  /** As narrow as its words are. */
  narrow?: boolean
  /** Left out where there is little room. */
  spare?: boolean
  /** The header is for screen readers alone. */
  unseen?: boolean
}

/** The same in a list that is not sorted by it. */
export function unsorted<Row>(column: Column<Row, string>): Column<Row, never> {
  const { header, cell, end = false, narrow = false, spare = false } = column
  return { header, cell, end, narrow, spare }
}

export interface ListPage<Row> {
  rows: Row[]
  pageInfo: PageInfo
  totalCount?: { count: number; exact: boolean } | null | undefined
}

interface DataTableProps<Row, Sort extends string> {
  /** What the rows are: "Batches". */
  label: string
  columns: Column<Row, Sort>[]
  page: ListPage<Row>
  rowKey: (row: Row) => string
  /** What a screen reader calls a row. */
  rowName: (row: Row) => string
  /** The sort in force. */
  sort?: Sort
  descending?: boolean
  /** Another page or sort: the new part of the address. Left out: this page is all that is shown. */
  onPageChange?: (turn: PageSearch<Sort>) => void
  selecting?: RowSelection
  /** What can be done with the chosen ones: buttons. */
  bulkActions?: ReactNode
  /** Shown in place of rows where there are none. */
  empty: ReactNode
  /** Newer rows are on their way. */
  fetching?: boolean
}

/** A page of a list as a table: sorted, paged and counted by the server, chosen from over pages. */
export function DataTable<Row, Sort extends string>(props: DataTableProps<Row, Sort>) {
  const { label, columns, page, rowKey, rowName, selecting, empty } = props
  if (page.rows.length === 0 && !page.pageInfo.hasPreviousPage) return empty
  const keys = page.rows.map(rowKey)
  const chosenHere = selecting ? keys.filter(selecting.has).length : 0
  return (
    <div className={styles.table} aria-busy={props.fetching}>
      {selecting && (selecting.count === null || selecting.count > 0) && (
        <BulkBar selecting={selecting} total={page.totalCount ?? null} actions={props.bulkActions} />
      )}
      <div className={styles.scroll}>
        <table>
          <caption className="unseen">{label}</caption>
          <thead>
            <tr>
              {selecting && (
                <th className={styles.box}>
                  <SelectBox
                    label="All on this page"
                    checked={keys.length > 0 && chosenHere === keys.length}
                    some={chosenHere > 0 && chosenHere < keys.length}
                    onChange={(chosen) => selecting.toggle(keys, chosen, () => keys)}
                  />
                </th>
              )}
              {columns.map((column) => (
                <Header key={column.header} column={column} {...props} />
              ))}
            </tr>
          </thead>
          <tbody>
            {page.rows.map((row) => {
              const key = rowKey(row)
              return (
                <tr key={key} className={selecting?.has(key) ? styles.chosen : undefined}>
                  {selecting && (
                    <td className={styles.box}>
                      <SelectBox
                        label={rowName(row)}
                        checked={selecting.has(key)}
                        onChange={(chosen) => selecting.toggle([key], chosen, () => keys)}
                      />
                    </td>
                  )}
                  {columns.map((column) => (
                    <td key={column.header} className={classOf(column)}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {props.onPageChange && <Pager {...props} onPageChange={props.onPageChange} />}
    </div>
  )
}

function classOf({ end, narrow, spare }: { end?: boolean; narrow?: boolean; spare?: boolean }): string | undefined {
  return [end && styles.end, narrow && styles.narrow, spare && styles.spare].filter(Boolean).join(' ') || undefined
}

function Header<Row, Sort extends string>({
  column,
  sort,
  descending = false,
  onPageChange,
}: { column: Column<Row, Sort> } & Pick<DataTableProps<Row, Sort>, 'sort' | 'descending' | 'onPageChange'>) {
  const by = column.sort
  if (!by || !onPageChange) {
    return (
      <th className={classOf(column)}>{column.unseen ? <span className="unseen">{column.header}</span> : column.header}</th>
    )
  }
  const current = sort === by.by
  const next = current ? !descending : by.descending
  return (
    <th className={classOf(column)} aria-sort={current ? (descending ? 'descending' : 'ascending') : undefined}>
      <button type="button" onClick={() => onPageChange({ sort: by.by, descending: next })}>
        {column.header}
        {current && (descending ? <ArrowDown aria-hidden size={14} /> : <ArrowUp aria-hidden size={14} />)}
      </button>
    </th>
  )
}

function Pager<Row, Sort extends string>({
  label,
  page: { pageInfo, totalCount, rows },
  sort,
  descending,
  onPageChange,
}: Required<Pick<DataTableProps<Row, Sort>, 'onPageChange'>> &
  Pick<DataTableProps<Row, Sort>, 'label' | 'page' | 'sort' | 'descending'>) {
  const turn = (cursor: { after?: string; before?: string }) => onPageChange({ sort, descending, ...cursor })
  const { startCursor, endCursor } = pageInfo
  return (
    <nav aria-label={`Pages of ${label.toLowerCase()}`} className={styles.pager}>
      <p>
        {totalCount
          ? `${totalCount.exact ? '' : 'about '}${formatCount(totalCount.count)} in all`
          : `${formatCount(rows.length)} on this page`}
      </p>
      <Button
        small
        icon={<ChevronLeft aria-hidden size={16} />}
        disabled={!pageInfo.hasPreviousPage || startCursor === null}
        onClick={() => startCursor !== null && turn({ before: startCursor })}
      >
        Previous
      </Button>
      <Button
        small
        disabled={!pageInfo.hasNextPage || endCursor === null}
        onClick={() => endCursor !== null && turn({ after: endCursor })}
      >
        Next
        <ChevronRight aria-hidden size={16} />
      </Button>
    </nav>
  )
}
