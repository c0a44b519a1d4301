import { createMemoryHistory, createRouter, RouterProvider } from '@tanstack/react-router'
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useSyncExternalStore } from 'react'
import { Provider } from 'urql'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { client } from '../../lib/client'
import { parseSearch, stringifySearch } from '../../lib/search-params'
import { routeTree } from '../../pages'
import type { FilesPage } from './files-store'

interface Wire {
  active: object[]
  staleSince: number | null
  take: (page: unknown) => unknown
  after: unknown
}

/** Replaces the transport: tests set the live data. */
const wire = vi.hoisted(() => {
  const watchers = new Set<() => void>()
  const state: Wire = { active: [], staleSince: null, take: () => undefined, after: undefined }
  return {
    state,
    watchers,
    become: (change: Partial<Wire>) => {
      Object.assign(state, change)
      wire.version += 1
      for (const watcher of watchers) watcher()
    },
    version: 0,
  }
})

vi.mock('../../lib/subscriptions', () => {
  const useVersion = () =>
    useSyncExternalStore(
      (watcher) => {
        wire.watchers.add(watcher)
        return () => wire.watchers.delete(watcher)
      },
      () => wire.version,
    )
  return {
    transport: { tryNow: () => undefined },
    useLiveStatus: () => ({ state: 'live', transport: 'websocket' }),
    useStaleSince: () => {
      useVersion()
      return wire.state.staleSince
    },
    useLiveState: () => {
      useVersion()
      return { data: { activeBatchRuns: wire.state.active }, refusal: null, ended: false, gaps: 0 }
    },
    useChangeFeed: (_: unknown, variables: { after: unknown } | null, onPage: (page: unknown) => unknown) => {
      wire.state.take = onPage
      wire.state.after = variables?.after
      return { staleSince: wire.state.staleSince, refusal: null, ended: wire.state.active.length === 0 }
    },
  }
})

const COUNTS = { total: 3, waiting: 1, running: 1, finished: 0, failed: 1, canceled: 0 }
const RUN = {
  id: 'brun-1',
  status: 'RUNNING',
  percent: 55,
  priority: 0,
  stale: false,
  asOf: '2026-01-01T12:01:00Z',
  createdAt: '2026-01-01T12:00:00Z',
  startedAt: '2026-01-01T12:00:00Z',
  endedAt: null as string | null,
  counts: COUNTS,
  batch: { id: 'batch-1', name: 'Field tapes' },
  pipeline: { id: 'pipe-1', name: 'slates and speech', version: 2 },
  warnings: [] as string[],
  steps: [
    { position: 1, percent: 100, counts: { ...COUNTS, waiting: 0, running: 0, finished: 3, failed: 0 }, app: { id: 'app-1', name: 'swt' }, waitingFor: null },
    { position: 2, percent: 41, counts: COUNTS, app: { id: 'app-2', name: 'whisper' }, waitingFor: { reason: 'NO_WORKER', message: 'No worker is alive.', until: null } },
  ],
}
const DONE = { status: 'FINISHED', percent: 100, attempts: 1, error: null } as const

function pageOf(files: FilesPage['pipelineRuns']): { pipelineRuns: FilesPage } {
  return { pipelineRuns: { cursor: 'cursor-1', asOf: '2026-01-01T12:01:00Z', stale: false, pipelineRuns: files } }
}

const FILES: FilesPage['pipelineRuns'] = [
  { id: 'prun-1', status: 'FAILED', paused: false, endedAt: '2026-01-01T12:00:40Z', mediaFile: { guid: 'cpb-aacip-1' }, steps: [DONE, { status: 'FAILED', percent: 100, attempts: 2, error: { code: 'APP_ERROR', message: 'CUDA out of memory' } }] },
  { id: 'prun-2', status: 'RUNNING', paused: false, endedAt: null, mediaFile: { guid: 'cpb-aacip-2' }, steps: [DONE, { status: 'RUNNING', percent: 41, attempts: 1, error: null }] },
  { id: 'prun-3', status: 'WAITING', paused: false, endedAt: null, mediaFile: { guid: 'cpb-aacip-3' }, steps: [{ ...DONE, status: 'WAITING', percent: 0, attempts: 0 }, { ...DONE, status: 'WAITING', percent: 0, attempts: 0 }] },
]

const requests: { operationName: string; variables: Record<string, unknown> }[] = []

beforeEach(() => {
  requests.length = 0
  wire.become({ active: [RUN], staleSince: null })
  vi.stubGlobal('fetch', (_: unknown, { body }: { body: string }) => {
    const request = JSON.parse(body) as (typeof requests)[number]
    requests.push(request)
    const outcome = { message: 'Retries 1 file of 1 batch run.', doneCount: 1, unchanged: [] }
    const data = request.operationName === 'OneRun' ? { batchRun: ENDED.run } : { outcome }
    return Promise.resolve(new Response(JSON.stringify({ data }), { headers: { 'Content-Type': 'application/json' } }))
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const ENDED = { run: null as object | null }

async function open(address = '/batch-runs/brun-1') {
  const history = createMemoryHistory({ initialEntries: [address] })
  render(
    <Provider value={client}>
      <RouterProvider router={createRouter({ routeTree, history, parseSearch, stringifySearch })} />
    </Provider>,
  )
  await screen.findByRole('heading', { level: 1 }, { timeout: 10_000 }) // the page's code is loaded first
  return { user: userEvent.setup(), history }
}

function receive(files: FilesPage['pipelineRuns']): void {
  act(() => void wire.state.take(pageOf(files)))
}

test('the page shows the progress of each app and why a step waits', async () => {
  await open()
  receive(FILES)
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Field tapes')
  expect(screen.getByRole('progressbar', { name: 'swt' }).getAttribute('aria-valuetext')).toBe('100 %')
  expect(screen.getByRole('progressbar', { name: 'whisper' }).getAttribute('aria-valuetext')).toBe('41 %')
  expect(within(screen.getByRole('list', { name: 'Warnings' })).getByText('No worker is alive.')).toBeTruthy()
})

test('a failed file shows its error, can be filtered by state, and is retried after a preview', async () => {
  const { user, history } = await open()
  receive(FILES)
  expect(await screen.findByRole('row', { name: /cpb-aacip-2/ })).toBeTruthy()
  await user.click(screen.getByRole('button', { name: /Failed/ }))
  await waitFor(() => expect(screen.queryByRole('row', { name: /cpb-aacip-2/ })).toBeNull())
  expect(history.location.href).toContain('status=FAILED')
  const row = screen.getByRole('row', { name: /cpb-aacip-1/ })
  expect(within(row).getByText('APP_ERROR')).toBeTruthy()
  expect(within(row).getByText('CUDA out of memory')).toBeTruthy()

  await user.click(within(row).getByRole('checkbox'))
  await user.click(within(screen.getByRole('region', { name: 'Selected rows' })).getByRole('button', { name: 'Retry …' }))
  const dialog = await screen.findByRole('dialog', { name: 'Retry these files?' })
  await within(dialog).findByText('Retries 1 file of 1 batch run.')
  await user.click(within(dialog).getByRole('button', { name: 'Retry' }))
  await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Retry these files?' })).toBeNull())
  expect(requests.map(({ variables }) => variables)).toEqual([
    { ids: ['prun-1'], fromStep: null, dryRun: true },
    { ids: ['prun-1'], fromStep: null, dryRun: false },
  ])
})

test('the keyboard moves between rows, selects and opens them', async () => {
  const { user, history } = await open()
  receive(FILES)
  const grid = await screen.findByRole('grid')
  grid.focus()
  await user.keyboard('{ArrowDown}{ArrowDown} ')
  const at = () => document.getElementById(grid.getAttribute('aria-activedescendant') ?? '')
  expect(at()?.textContent).toContain('cpb-aacip-2')
  expect(at()?.getAttribute('aria-selected')).toBe('true')
  await user.keyboard('{End}{Enter}')
  await waitFor(() => expect(history.location.href).toBe('/pipeline-runs/prun-3'))
})

test('the grid reads out each step of the focused file', async () => {
  const { user } = await open('/batch-runs/brun-1?view=grid')
  receive(FILES)
  const grid = await screen.findByRole('grid')
  grid.focus()
  await user.keyboard('{ArrowDown}')
  const row = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '')
  expect(row?.getAttribute('role')).toBe('row')
  expect(within(row ?? grid).getByRole('rowheader').textContent).toBe('cpb-aacip-1')
  expect(within(row ?? grid).getAllByRole('gridcell').map((cell) => cell.textContent)).toEqual([
    'swt: finished',
    'whisper: failed, app error, 2 calls',
  ])
  expect(within(screen.getByRole('region', { name: 'Selected file' })).getByText('CUDA out of memory')).toBeTruthy()
})

test('stale data disables the actions and stops the clocks', async () => {
  wire.become({ staleSince: Date.parse('2026-01-01T12:02:00Z') })
  const { user } = await open()
  receive(FILES)
  for (const name of ['Cancel Field tapes', 'Retry Field tapes']) {
    expect(screen.getByRole('button', { name })).toHaveProperty('disabled', true)
  }
  await user.click(within(await screen.findByRole('row', { name: /cpb-aacip-1/ })).getByRole('checkbox'))
  const bulkBar = within(screen.getByRole('region', { name: 'Selected rows' }))
  for (const name of ['Retry …', 'Pause …', 'Resume …', 'Cancel …']) {
    expect(bulkBar.getByRole('button', { name })).toHaveProperty('disabled', true)
  }
  await user.click(screen.getByRole('button', { name: 'More' }))
  expect((await screen.findByRole('menuitem', { name: 'Set priority …' })).getAttribute('aria-disabled')).toBe('true')
  await user.keyboard('{Escape}')
  await user.click(screen.getByRole('tab', { name: 'Grid' }))
  const file = within(await screen.findByRole('region', { name: 'Selected file' }))
  expect(file.getByRole('button', { name: 'Retry …' })).toHaveProperty('disabled', true)
  expect(screen.getByText('2 min', { selector: 'dd' })).toBeTruthy()
  expect(screen.getByText('2 minutes ago')).toBeTruthy()
})

test('the page reads the result of an ended run, and a retry resumes the feed at its cursor', async () => {
  await open()
  receive(FILES)
  ENDED.run = { ...RUN, status: 'FAILED', endedAt: '2026-01-01T12:05:00Z', steps: RUN.steps.map((step) => ({ ...step, waitingFor: null })) }
  act(() => wire.become({ active: [] }))
  expect(await screen.findByText('Duration')).toBeTruthy()
  expect(wire.state.after).toBeUndefined()
  act(() => wire.become({ active: [RUN] }))
  expect(await screen.findByText('Running for')).toBeTruthy()
  expect(wire.state.after).toBe('cursor-1')
})

test('an unknown run shows that it does not exist', async () => {
  ENDED.run = null
  wire.become({ active: [] })
  await open('/batch-runs/brun-9')
  expect(await screen.findByRole('heading', { name: 'There is no batch run brun-9' })).toBeTruthy()
})
