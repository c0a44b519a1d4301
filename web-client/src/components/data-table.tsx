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
  /** The header sorts by this. `descending`: the order after the first click. */
  sort?: { by: Sort; descending: boolean }
  /** Aligned right, for numbers. */
  end?: boolean
  /** As narrow as its content. */
  narrow?: boolean
  /** Hidden on narrow screens. */
  spare?: boolean
  /** Only screen readers read the header. */
  unseen?: boolean
}

/** The same column without sorting. */
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
  /** Name of the rows, e.g. "Batches". */
  label: string
  columns: Column<Row, Sort>[]
  page: ListPage<Row>
  rowKey: (row: Row) => string
  /** Name of a row for screen readers. */
  rowName: (row: Row) => string
  /** The current sort order. */
  sort?: Sort
  descending?: boolean
  /** Called with the search parameters of the new page or sort order. Without it, the table has only this page. */
  onPageChange?: (page: PageSearch<Sort>) => void
  selecting?: RowSelection
  /** Buttons that act on the selected rows. */
  bulkActions?: ReactNode
  /** Shown if there are no rows. */
  empty: ReactNode
  /** Newer rows are loading. */
  fetching?: boolean
}

/** A page of a list as a table. The server sorts, pages and counts; the selection spans pages. */
export function DataTable<Row, Sort extends string>(props: DataTableProps<Row, Sort>) {
  const { label, columns, page, rowKey, rowName, selecting, empty } = props
  if (page.rows.length === 0 && !page.pageInfo.hasPreviousPage) return empty
  const keys = page.rows.map(rowKey)
  const selectedCount = selecting ? keys.filter(selecting.has).length : 0
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
                    checked={keys.length > 0 && selectedCount === keys.length}
                    some={selectedCount > 0 && selectedCount < keys.length}
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
                    <td key={column.header} className={columnClass(column)}>
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

function columnClass({ end, narrow, spare }: { end?: boolean; narrow?: boolean; spare?: boolean }): string | undefined {
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
      <th className={columnClass(column)}>{column.unseen ? <span className="unseen">{column.header}</span> : column.header}</th>
    )
  }
  const current = sort === by.by
  const next = current ? !descending : by.descending
  return (
    <th className={columnClass(column)} aria-sort={current ? (descending ? 'descending' : 'ascending') : undefined}>
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
  const goTo = (cursor: { after?: string; before?: string }) => onPageChange({ sort, descending, ...cursor })
  const { startCursor, endCursor } = pageInfo
  return (
    <nav aria-label={`Pages of ${label.toLowerCase()}`} className={styles.pager}>
      <p>
        {totalCount
          ? `${totalCount.exact ? '' : 'about '}${formatCount(totalCount.count)} in total`
          : `${formatCount(rows.length)} on this page`}
      </p>
      <Button
        small
        icon={<ChevronLeft aria-hidden size={16} />}
        disabled={!pageInfo.hasPreviousPage || startCursor === null}
        onClick={() => startCursor !== null && goTo({ before: startCursor })}
      >
        Previous
      </Button>
      <Button
        small
        disabled={!pageInfo.hasNextPage || endCursor === null}
        onClick={() => endCursor !== null && goTo({ after: endCursor })}
      >
        Next
        <ChevronRight aria-hidden size={16} />
      </Button>
    </nav>
  )
}
