import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useRefetchOnResults } from './refetch-on-results'

const live: { data: unknown; gaps: number } = vi.hoisted(() => ({ data: null, gaps: 0 }))
vi.mock('./active-runs', () => ({ useActiveRuns: () => live }))

beforeEach(() => {
  vi.useFakeTimers()
  live.data = null
  live.gaps = 0
})
afterEach(() => vi.useRealTimers())

function setRuns(...runs: [id: string, finished: number][]): void {
  live.data = { activeBatchRuns: runs.map(([id, finished]) => ({ id, steps: [{ counts: { finished, failed: 0 } }] })) }
}

function renderRefetch() {
  const refetch = vi.fn()
  const { rerender } = renderHook(() => useRefetchOnResults(refetch))
  const advance = (ms: number) => {
    rerender()
    act(() => {
      vi.advanceTimersByTime(ms)
    })
  }
  return { refetch, advance }
}

test('the first value does not cause a refetch', () => {
  const { refetch, advance } = renderRefetch()
  setRuns(['a', 1])
  advance(60_000)
  expect(refetch).not.toHaveBeenCalled()
})

test('frequent results cause a refetch every five seconds', () => {
  const { refetch, advance } = renderRefetch()
  setRuns(['a', 0])
  advance(10_000)
  for (let finished = 1; finished <= 200; finished += 1) {
    setRuns(['a', finished])
    advance(100)
  }
  expect(refetch.mock.calls.length).toBeGreaterThanOrEqual(4)
  expect(refetch.mock.calls.length).toBeLessThanOrEqual(5)
  advance(5_000)
  const calls = refetch.mock.calls.length
  advance(60_000)
  expect(refetch).toHaveBeenCalledTimes(calls)
})

test('the end of a run and a connection gap cause a refetch', () => {
  const { refetch, advance } = renderRefetch()
  setRuns(['a', 3], ['b', 1])
  advance(10_000)
  setRuns(['b', 1])
  advance(10_000)
  expect(refetch).toHaveBeenCalledTimes(1)
  live.gaps = 1
  advance(10_000)
  expect(refetch).toHaveBeenCalledTimes(2)
})
