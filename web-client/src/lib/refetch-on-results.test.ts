import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useRefetchOnResults } from './refetch-on-results'

const told: { data: unknown; gaps: number } = vi.hoisted(() => ({ data: null, gaps: 0 }))
vi.mock('./active-runs', () => ({ useActiveRuns: () => told }))

beforeEach(() => {
  vi.useFakeTimers()
  told.data = null
  told.gaps = 0
})
afterEach(() => vi.useRealTimers())

function tell(...runs: [id: string, finished: number][]): void {
  told.data = { activeBatchRuns: runs.map(([id, finished]) => ({ id, steps: [{ counts: { finished, failed: 0 } }] })) }
}

function following() {
  const read = vi.fn()
  const { rerender } = renderHook(() => useRefetchOnResults(read))
  const pass = (ms: number) => {
    rerender()
    act(() => {
      vi.advanceTimersByTime(ms)
    })
  }
  return { read, pass }
}

test('what is read the first time is not read again for that', () => {
  const { read, pass } = following()
  tell(['a', 1])
  pass(60_000)
  expect(read).not.toHaveBeenCalled()
})

test('while results come, however fast, it is read again every five seconds', () => {
  const { read, pass } = following()
  tell(['a', 0])
  pass(10_000)
  for (let finished = 1; finished <= 200; finished += 1) {
    tell(['a', finished])
    pass(100)
  }
  expect(read.mock.calls.length).toBeGreaterThanOrEqual(4)
  expect(read.mock.calls.length).toBeLessThanOrEqual(5)
  pass(5_000)
  const calls = read.mock.calls.length
  pass(60_000)
  expect(read).toHaveBeenCalledTimes(calls)
})

test('it is read again when a run ends and after a gap', () => {
  const { read, pass } = following()
  tell(['a', 3], ['b', 1])
  pass(10_000)
  tell(['b', 1])
  pass(10_000)
  expect(read).toHaveBeenCalledTimes(1)
  told.gaps = 1
  pass(10_000)
  expect(read).toHaveBeenCalledTimes(2)
})
