import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { serve, show } from '../../testing/page'
import { MmifHistory } from './mmif-history'
import type { FileRunData } from './pipeline-run-queries'

const STEP = {
  id: 'srun-1',
  position: 1,
  status: 'FINISHED',
  percent: 100,
  progressSource: null,
  attempts: 1,
  startedAt: '2026-01-01T12:00:00Z',
  endedAt: '2026-01-01T12:01:00Z',
  parameters: {},
  app: { id: 'app-1', name: 'swt', identifier: 'http://apps.clams.ai/swt/v1' },
  error: null,
  waitingFor: null,
  mmif: { id: 'mmif-1', size: 2_000, createdAt: '2026-01-01T12:01:00Z', url: '/mmifs/mmif-1/content' },
  attemptList: [],
} as unknown as FileRunData['steps'][number]

const RUN: FileRunData = {
  id: 'prun-1',
  status: 'FINISHED',
  paused: false,
  percent: 100,
  createdAt: '2026-01-01T12:00:00Z',
  startedAt: '2026-01-01T12:00:00Z',
  endedAt: '2026-01-01T12:01:00Z',
  batchRun: {
    id: 'brun-1',
    cursor: 'c',
    status: 'FINISHED',
    endedAt: '2026-01-01T12:01:00Z',
    batch: { id: 'batch-1', name: 'News' },
    pipeline: { id: 'pipe-1', name: 'Slates', version: 1 },
  },
  mediaFile: { guid: 'cpb-1', documents: [] },
  steps: [STEP],
}

function mmif(number: number, run: string) {
  const step = { __typename: 'StepRun', id: `srun-${number}`, position: 1, pipelineRun: { id: run } }
  return { __typename: 'Mmif', id: `mmif-${number}`, size: 2_000, createdAt: '2026-01-01T12:01:00Z', url: '/', step }
}

it('shows the MMIF of an old run of a file with many newer MMIF', async () => {
  const others = Array.from({ length: 499 }, (_, number) => mmif(number + 2, 'prun-2'))
  const requests = serve({
    MmifsSince: () => ({ mmifs: { nodes: [mmif(1, 'prun-1'), ...others], pageInfo: { hasNextPage: true } } }),
  })
  const routeTree = createRootRoute({ component: () => <MmifHistory run={RUN} /> })
  show(<RouterProvider router={createRouter({ routeTree, history: createMemoryHistory() })} />)
  expect(await screen.findByRole('link', { name: '1. swt' })).toBeDefined()
  expect(screen.getByText(/first 500 MMIF/)).toBeDefined()
  expect(screen.queryByText(/from before a retry/)).toBeNull()
  expect(requests('MmifsSince')).toEqual([{ guid: 'cpb-1', since: RUN.createdAt }])
})
