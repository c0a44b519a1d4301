import { screen, waitFor, within } from '@testing-library/react'
import { expect, it } from 'vitest'
import { openPage, type Answers } from '../../testing/page'

const TOTAL = 12_345

function batch(number: number) {
  return {
    __typename: 'Batch',
    id: `batch-${number}`,
    name: `Delivery ${number}`,
    description: null,
    mediaFileCount: 40 + number,
    createdAt: '2026-01-01T12:00:00Z',
    percentFinished: 0,
    percentSuccessful: 0,
    pipeline: null,
    lastRun: null,
  }
}

const ANSWERS: Answers = {
  Batches: ({ after, filter }) => {
    const nothing = (filter as { text: string | null }).text === 'nothing'
    return {
      batches: {
        __typename: 'BatchConnection',
        nodes: nothing ? [] : after === 'c2' ? [batch(3)] : [batch(1), batch(2)],
        pageInfo: {
          hasNextPage: !nothing && after !== 'c2',
          hasPreviousPage: after === 'c2',
          startCursor: nothing ? null : 'c1',
          endCursor: nothing ? null : 'c2',
        },
        totalCount: { count: TOTAL, exact: true },
      },
    }
  },
  DeleteBatches: ({ ids, dryRun }) => ({
    outcome: {
      message: dryRun ? `Deletes ${ids ? (ids as string[]).length : '12,345'} batches.` : 'Deleted.',
      doneCount: 1,
      unchanged: [],
    },
  }),
}

it('keeps the page and the sort order in the address', async () => {
  const { user, asked, address, back } = openPage('/batches', ANSWERS)
  await user.click(await screen.findByRole('button', { name: 'Next' }))
  await screen.findByRole('link', { name: 'Delivery 3' })
  expect(address()).toBe('/batches?sort=CREATED&descending=true&after=c2')
  await user.click(screen.getByRole('button', { name: 'Files' }))
  await waitFor(() => expect(address()).toBe('/batches?sort=SIZE&descending=true'))
  expect(asked('Batches').at(-1)).toMatchObject({ sort: 'SIZE', descending: true, first: 50 })
  back()
  await waitFor(() => expect(address()).toBe('/batches?sort=CREATED&descending=true&after=c2'))
})

it('searches by name and reports when nothing matches', async () => {
  const { user, address } = openPage('/batches', ANSWERS)
  await user.type(await screen.findByRole('searchbox', { name: 'Search by name' }), 'nothing')
  await screen.findByRole('heading', { name: 'No batch matches' })
  expect(address()).toBe('/batches?text=nothing')
  await user.click(screen.getByRole('button', { name: 'Show all' }))
  await screen.findByRole('link', { name: 'Delivery 1' })
  expect(address()).toBe('/batches')
})

it('keeps the selection across pages and previews a deletion', async () => {
  const { user, asked } = openPage('/batches', ANSWERS)
  await user.click(await screen.findByRole('checkbox', { name: 'Delivery 1' }))
  await user.click(screen.getByRole('button', { name: 'Next' }))
  await user.click(await screen.findByRole('checkbox', { name: 'Delivery 3' }))
  const bar = screen.getByRole('region', { name: 'Selected rows' })
  expect(bar.textContent).toContain('2 selected')
  await user.click(within(bar).getByRole('button', { name: 'Delete' }))
  const dialog = await screen.findByRole('dialog', { name: 'Delete batches' })
  await within(dialog).findByText('Deletes 2 batches.')
  expect(asked('DeleteBatches')).toEqual([{ ids: ['batch-1', 'batch-3'], dryRun: true }])
  await user.click(within(dialog).getByRole('button', { name: 'Delete' }))
  await waitFor(() => expect(asked('DeleteBatches').at(-1)).toEqual({ ids: ['batch-1', 'batch-3'], dryRun: false }))
})

it('selects all matching batches, including those on unopened pages', async () => {
  const { user, asked } = openPage('/batches?text=Delivery', ANSWERS)
  await user.click(await screen.findByRole('checkbox', { name: 'Delivery 1' }))
  await user.click(screen.getByRole('button', { name: 'Select all 12,345' }))
  const bar = screen.getByRole('region', { name: 'Selected rows' })
  expect(bar.textContent).toContain('All 12,345 matching rows selected')
  expect(within(bar).queryByRole('link', { name: 'Results' })).toBeNull()
  await user.click(within(bar).getByRole('button', { name: 'Delete' }))
  await screen.findByText('Deletes 12,345 batches.')
  expect(asked('DeleteBatches')).toEqual([
    { filter: { text: 'Delivery', pipelines: null, collections: null, created: null }, dryRun: true },
  ])
})

it('shows apps and parameters before it starts several batches', async () => {
  const pipeline = (id: string, app: string) => ({
    __typename: 'Pipeline',
    id,
    name: `Through ${app}`,
    version: 2,
    steps: [{ position: 1, parameters: { size: 'large' }, app: { name: app, version: 'v1' } }],
  })
  const slates = pipeline('pipe-1', 'swt')
  const batches = [
    { __typename: 'Batch', id: 'batch-1', pipeline: slates },
    { __typename: 'Batch', id: 'batch-2', pipeline: slates },
    { __typename: 'Batch', id: 'batch-3', pipeline: pipeline('pipe-2', 'whisper') },
  ]
  const { user } = openPage('/batches', {
    ...ANSWERS,
    PipelinesOfBatches: () => ({ batches: { nodes: batches, pageInfo: { hasNextPage: false } } }),
    StartManyBatches: () => ({ outcome: { message: 'Starts 2 batches of 83 media files.', doneCount: 2, unchanged: [] } }),
  })
  await user.click(await screen.findByRole('checkbox', { name: 'All on this page' }))
  const bar = screen.getByRole('region', { name: 'Selected rows' })
  await user.click(within(bar).getByRole('button', { name: 'Start' }))
  const pipelines = await screen.findByRole('region', { name: 'Pipelines' })
  expect(pipelines.textContent).toBe('Through swt, version 2, runs these steps:swt v1 with size = large')
  await screen.findByText('Starts 2 batches of 83 media files.')
})
