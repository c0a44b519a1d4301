import { cleanup, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import type { PageSearch } from '../lib/pagination'
import { useSelection } from '../lib/selection'
import { DataTable, type Column } from './data-table'

afterEach(cleanup)

interface Row {
  id: string
  name: string
}

const COLUMNS: Column<Row, 'NAME' | 'CREATED'>[] = [
  { header: 'Name', cell: (row) => row.name, sort: { by: 'NAME', descending: false } },
  { header: 'Created', cell: () => 'today', sort: { by: 'CREATED', descending: true } },
]

interface TableProps {
  onPageChange?: (page: PageSearch<'NAME' | 'CREATED'>) => void
  filter?: string
  rows?: Row[]
}

function Table({ onPageChange = () => undefined, filter = '', rows = ROWS }: TableProps) {
  const selecting = useSelection(filter)
  return (
    <DataTable
      label="Batches"
      columns={COLUMNS}
      page={{
        rows,
        pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'first', endCursor: 'last' },
        totalCount: { count: 3400, exact: false },
      }}
      rowKey={(row) => row.id}
      rowName={(row) => row.name}
      sort="CREATED"
      descending
      onPageChange={onPageChange}
      selecting={selecting}
      bulkActions={<button type="button">Delete</button>}
      empty={<p>None</p>}
    />
  )
}

const ROWS: Row[] = [
  { id: 'b-1', name: 'news' },
  { id: 'b-2', name: 'tapes' },
]

test('a click on a header sorts, and a second click reverses the order', async () => {
  const onPageChange = vi.fn()
  render(<Table onPageChange={onPageChange} />)
  expect(screen.getByRole('columnheader', { name: 'Created' }).getAttribute('aria-sort')).toBe('descending')
  await userEvent.click(screen.getByRole('button', { name: 'Name' }))
  expect(onPageChange).toHaveBeenLastCalledWith({ sort: 'NAME', descending: false })
  await userEvent.click(screen.getByRole('button', { name: 'Created' }))
  expect(onPageChange).toHaveBeenLastCalledWith({ sort: 'CREATED', descending: false })
})

test('the page buttons pass a cursor and keep the sort order', async () => {
  const onPageChange = vi.fn()
  render(<Table onPageChange={onPageChange} />)
  const pages = screen.getByRole('navigation', { name: 'Pages of batches' })
  expect(pages.textContent).toContain('about 3,400 in total')
  expect(within(pages).getByRole('button', { name: 'Previous' })).toHaveProperty('disabled', true)
  await userEvent.click(within(pages).getByRole('button', { name: 'Next' }))
  expect(onPageChange).toHaveBeenLastCalledWith({ sort: 'CREATED', descending: true, after: 'last' })
})

test('the selection survives page changes, and a new filter clears it', async () => {
  const { rerender } = render(<Table filter="a" />)
  await userEvent.click(screen.getByRole('checkbox', { name: 'All on this page' }))
  const bar = screen.getByRole('region', { name: 'Selected rows' })
  expect(bar.textContent).toContain('2 selected')
  rerender(<Table filter="a" rows={[{ id: 'b-3', name: 'radio' }]} />)
  expect(bar.textContent).toContain('2 selected')
  await userEvent.click(screen.getByRole('checkbox', { name: 'radio' }))
  expect(bar.textContent).toContain('3 selected')
  await userEvent.click(within(bar).getByRole('button', { name: 'Select all about 3,400' }))
  expect(bar.textContent).toContain('All about 3,400 matching rows selected')
  rerender(<Table filter="b" />)
  expect(screen.queryByRole('region', { name: 'Selected rows' })).toBeNull()
})

test('a list without rows shows its empty state', () => {
  render(<Table rows={[]} />)
  expect(screen.getByText('None')).toBeTruthy()
  expect(screen.queryByRole('table')).toBeNull()
})

test('unselecting one of all rows keeps the others on the page selected', async () => {
  render(<Table />)
  await userEvent.click(screen.getByRole('checkbox', { name: 'news' }))
  await userEvent.click(screen.getByRole('button', { name: 'Select all about 3,400' }))
  await userEvent.click(screen.getByRole('checkbox', { name: 'news' }))
  expect(screen.getByRole('region', { name: 'Selected rows' }).textContent).toContain('1 selected')
  expect(screen.getByRole('checkbox', { name: 'tapes' })).toHaveProperty('checked', true)
})
