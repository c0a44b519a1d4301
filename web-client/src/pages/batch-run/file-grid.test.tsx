import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { FileGrid } from './file-grid'
import { FilesStore, type FilesPage } from './files-store'
import { ShownFiles } from './shown-files'

afterEach(cleanup)

function file(number: number, status: 'RUNNING' | 'FAILED'): FilesPage['pipelineRuns'][number] {
  const step = { status, percent: 0, attempts: 1, error: null }
  return { id: `prun-${number}`, status, paused: false, endedAt: null, mediaFile: { guid: `cpb-${number}` }, steps: [step] }
}

test('the grid shows an empty state until a file matches the filter', async () => {
  const store = new FilesStore()
  const take = (...pipelineRuns: FilesPage['pipelineRuns']) =>
    act(() => {
      store.take({ cursor: 'c', asOf: '2026-01-01T12:00:00Z', stale: false, pipelineRuns })
    })
  take(file(1, 'RUNNING'), file(2, 'RUNNING'))
  const shown = new ShownFiles(store, { statuses: ['FAILED'] })
  const nothing = () => undefined
  render(
    <FileGrid
      store={store}
      shown={shown}
      expected={2}
      apps={['swt']}
      cursor={null}
      onCursor={nothing}
      onOpen={nothing}
      empty={<p>No file matches</p>}
    />,
  )
  expect(screen.getByText('No file matches')).toBeTruthy()
  expect(screen.queryByRole('grid')).toBeNull()
  take(file(2, 'FAILED'))
  expect(await screen.findByRole('grid', { name: /1 file$/ })).toBeTruthy()
})
