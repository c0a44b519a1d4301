import { beforeEach, expect, test } from 'vitest'
import type { FileStatus } from './cell-state'
import { FilesStore } from './files-store'
import { ShownFiles } from './shown-files'

let store: FilesStore

function receive(files: [number, FileStatus, string?][]): void {
  store.take({
    cursor: 'c',
    asOf: '2026-01-01T12:00:00Z',
    stale: false,
    pipelineRuns: files.map(([number, status, code]) => ({
      id: `prun-${number}`,
      status,
      paused: false,
      endedAt: null,
      mediaFile: { guid: `GUID-${number % 2 === 0 ? 'Even' : 'odd'}-${number}` },
      steps: [{ status, percent: 0, attempts: 0, error: code === undefined ? null : { code, message: 'failed' } }],
    })),
  })
}

function shownBy(shown: ShownFiles): number[] {
  return Array.from({ length: shown.count }, (_, position) => shown.file(position))
}

beforeEach(() => {
  store = new FilesStore()
  receive([[0, 'FINISHED'], [1, 'FAILED', 'APP_ERROR'], [2, 'WAITING'], [3, 'FAILED', 'APP_BUSY'], [4, 'FAILED', 'APP_ERROR']])
})

test('all files match without a filter', () => {
  const shown = new ShownFiles(store, { statuses: [] })
  expect(shownBy(shown)).toEqual([0, 1, 2, 3, 4])
  expect(shown.files).toBeNull()
})

test('state, code and text must all match, and text ignores case', () => {
  expect(shownBy(new ShownFiles(store, { statuses: ['FAILED', 'WAITING'] }))).toEqual([1, 2, 3, 4])
  expect(shownBy(new ShownFiles(store, { statuses: [], code: 'APP_ERROR' }))).toEqual([1, 4])
  expect(shownBy(new ShownFiles(store, { statuses: ['FAILED'], code: 'APP_ERROR', text: 'even' }))).toEqual([4])
})

test('the result follows changed and new files', () => {
  const shown = new ShownFiles(store, { statuses: ['FAILED'], text: 'EVEN' })
  expect(shownBy(shown)).toEqual([4])
  receive([[0, 'FAILED', 'APP_ERROR'], [4, 'WAITING'], [6, 'FAILED', 'APP_ERROR']])
  expect(shownBy(shown)).toEqual([0, 5])
})

test('a file that does not match has the position of the next one', () => {
  const shown = new ShownFiles(store, { statuses: ['FAILED'] })
  expect([shown.positionOf(3), shown.positionOf(2), shown.positionOf(0)]).toEqual([1, 1, 0])
  expect(new ShownFiles(store, { statuses: ['CANCELED'] }).positionOf(0)).toBe(-1)
})
