import { expect, test } from 'vitest'
import { FilesStore, type FilesPage } from './files-store'
import { ShownFiles } from './shown-files'

type File = FilesPage['pipelineRuns'][number]
type Step = File['steps'][number]

function step(status: Step['status'], percent = 0, error: Step['error'] = null): Step {
  return { status, percent, attempts: status === 'WAITING' ? 0 : 1, error }
}

function file(number: number, status: File['status'], steps: Step[], more: Partial<File> = {}): File {
  const guid = `cpb-aacip-${String(number).padStart(6, '0')}`
  return { id: `prun-${number}`, status, paused: false, endedAt: null, mediaFile: { guid }, steps, ...more }
}

function page(files: File[], cursor = 'c'): FilesPage {
  return { cursor, asOf: '2026-01-01T12:00:00Z', stale: false, pipelineRuns: files }
}

const ERROR = { code: 'APP_ERROR', message: 'CUDA out of memory' }

test('pages add up, and the feed resumes at the last cursor', () => {
  const store = new FilesStore()
  store.take(page([file(1, 'FINISHED', [step('FINISHED', 100)]), file(2, 'WAITING', [step('WAITING')])], 'first'))
  store.take(page([file(3, 'RUNNING', [step('RUNNING', 41)])], 'second'))
  expect([0, 1, 2].map((position) => store.guid(position))).toEqual(['cpb-aacip-000001', 'cpb-aacip-000002', 'cpb-aacip-000003'])
  expect(store.cursor).toBe('second')
  expect(store.cell(2, 0)).toBe('running')
  expect(store.percent(2, 0)).toBe(41)
  expect(Object.fromEntries(store.counts)).toEqual({ FINISHED: 1, WAITING: 1, RUNNING: 1 })
})

test('a repeated file keeps its position and counts once, in any order', () => {
  const store = new FilesStore()
  store.take(page([1, 2, 3].map((number) => file(number, 'WAITING', [step('WAITING')]))))
  store.take(page([file(3, 'RUNNING', [step('RUNNING', 5)]), file(1, 'RUNNING', [step('RUNNING', 7)])]))
  store.take(page([file(1, 'RUNNING', [step('RUNNING', 7)])]))
  expect(store.size).toBe(3)
  expect(store.guid(0)).toBe('cpb-aacip-000001')
  expect([0, 1, 2].map((position) => store.percent(position, 0))).toEqual([7, 0, 5])
  expect(Object.fromEntries(store.counts)).toEqual({ WAITING: 1, RUNNING: 2 })
})

test('an empty page moves the cursor and notifies no watcher', () => {
  const store = new FilesStore()
  let notifications = 0
  store.watch(() => (notifications += 1))
  store.take(page([], 'later'))
  expect(store.cursor).toBe('later')
  expect([notifications, store.version]).toEqual([0, 0])
})

test('a failure keeps its step, and later steps are unreached', () => {
  const store = new FilesStore()
  const steps = [step('FINISHED', 100), step('FAILED', 100, ERROR), step('CANCELED', 100)]
  store.take(page([file(1, 'FAILED', steps, { endedAt: '2026-01-01T11:00:00Z' })]))
  expect(store.failure(0)).toEqual({ position: 2, ...ERROR })
  expect([0, 1, 2].map((at) => store.cell(0, at))).toEqual(['finished', 'failed', 'unreached'])
  expect(store.codes.get('APP_ERROR')).toBe(1)
  expect(store.endedAt(0)).toBe(Date.parse('2026-01-01T11:00:00Z'))
})

test('a retry resets percent, failure and end time', () => {
  const store = new FilesStore()
  store.take(page([file(1, 'FAILED', [step('FAILED', 100, ERROR)], { endedAt: '2026-01-01T11:00:00Z' })]))
  store.take(page([file(1, 'WAITING', [{ ...step('WAITING'), attempts: 3 }])]))
  expect(store.percent(0, 0)).toBe(0)
  expect(store.cell(0, 0)).toBe('retrying')
  expect(store.failure(0)).toBeUndefined()
  expect(store.endedAt(0)).toBeNull()
  expect([store.codes.size, store.counts.get('FAILED'), store.counts.get('WAITING')]).toEqual([0, undefined, 1])
})

test('all unfinished steps of a paused file are paused', () => {
  const store = new FilesStore()
  store.take(page([file(1, 'RUNNING', [step('FINISHED', 100), step('WAITING')], { paused: true })]))
  expect([store.cell(0, 0), store.cell(0, 1), store.isPaused(0)]).toEqual(['finished', 'paused', true])
})

test('100,000 files take a few bytes each, and can be filtered', () => {
  const store = new FilesStore()
  const size = 100_000
  for (let first = 0; first < size; first += 500) {
    const files = Array.from({ length: 500 }, (_, n) => {
      const failed = (first + n) % 100 === 0
      return file(first + n, failed ? 'FAILED' : 'FINISHED', [
        step('FINISHED', 100),
        failed ? step('FAILED', 100, ERROR) : step('FINISHED', 100),
      ])
    })
    store.take(page(files))
  }
  expect(store.size).toBe(size)
  expect(store.cells.byteLength).toBeLessThanOrEqual(2 * 2 * size * 1.4)
  expect(store.percents.byteLength).toBe(store.cells.byteLength)
  expect(store.position('prun-99999')).toBe(99_999)
  const shown = new ShownFiles(store, { statuses: ['FAILED'], text: '-099' })
  expect(shown.count).toBe(10)
})
