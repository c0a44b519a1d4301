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
  { header: 'Made', cell: () => 'today', sort: { by: 'CREATED', descending: true } },
]

interface TableProps {
  onPageChange?: (turn: PageSearch<'NAME' | 'CREATED'>) => void
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

test('a header sorts, and once more turns it round', async () => {
  const onPageChange = vi.fn()
  render(<Table onPageChange={onPageChange} />)
  expect(screen.getByRole('columnheader', { name: 'Made' }).getAttribute('aria-sort')).toBe('descending')
  await userEvent.click(screen.getByRole('button', { name: 'Name' }))
  expect(onPageChange).toHaveBeenLastCalledWith({ sort: 'NAME', descending: false })
  await userEvent.click(screen.getByRole('button', { name: 'Made' }))
  expect(onPageChange).toHaveBeenLastCalledWith({ sort: 'CREATED', descending: false })
})

test('pages are turned by cursor within the sort', async () => {
  const onPageChange = vi.fn()
  render(<Table onPageChange={onPageChange} />)
  const pages = screen.getByRole('navigation', { name: 'Pages of batches' })
  expect(pages.textContent).toContain('about 3,400 in all')
  expect(within(pages).getByRole('button', { name: 'Previous' })).toHaveProperty('disabled', true)
  await userEvent.click(within(pages).getByRole('button', { name: 'Next' }))
  expect(onPageChange).toHaveBeenLastCalledWith({ sort: 'CREATED', descending: true, after: 'last' })
})

test('rows stay chosen over pages, until the filter is another one', async () => {
  const { rerender } = render(<Table filter="a" />)
  await userEvent.click(screen.getByRole('checkbox', { name: 'All on this page' }))
  const bar = screen.getByRole('region', { name: 'Chosen rows' })
  expect(bar.textContent).toContain('2 chosen')
  rerender(<Table filter="a" rows={[{ id: 'b-3', name: 'radio' }]} />)
  expect(bar.textContent).toContain('2 chosen')
  await userEvent.click(screen.getByRole('checkbox', { name: 'radio' }))
  expect(bar.textContent).toContain('3 chosen')
  await userEvent.click(within(bar).getByRole('button', { name: 'Choose all about 3,400' }))
  expect(bar.textContent).toContain('All about 3,400 that match are chosen')
  rerender(<Table filter="b" />)
  expect(screen.queryByRole('region', { name: 'Chosen rows' })).toBeNull()
})

test('a list without rows shows what to do about it', () => {
  render(<Table rows={[]} />)
  expect(screen.getByText('None')).toBeTruthy()
  expect(screen.queryByRole('table')).toBeNull()
})

test('one of all that is unchosen leaves the others of its page', async () => {
  render(<Table />)
  await userEvent.click(screen.getByRole('checkbox', { name: 'news' }))
  await userEvent.click(screen.getByRole('button', { name: 'Choose all about 3,400' }))
  await userEvent.click(screen.getByRole('checkbox', { name: 'news' }))
  expect(screen.getByRole('region', { name: 'Chosen rows' }).textContent).toContain('1 chosen')
  expect(screen.getByRole('checkbox', { name: 'tapes' })).toHaveProperty('checked', true)
})
