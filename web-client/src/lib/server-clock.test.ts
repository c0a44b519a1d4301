import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const NOW = Date.parse('2026-01-01T12:00:00Z')

beforeEach(() => {
  vi.resetModules() // resets the clock offset
  vi.useFakeTimers({ now: NOW })
})

afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

test('times follow the server clock when the local clock is slow', async () => {
  const { syncClock, serverNow } = await import('./server-clock')
  syncClock('2026-01-01T12:02:00Z')
  expect(serverNow()).toBe(NOW + 120_000)
  syncClock('2026-01-01T12:01:59Z') // delayed by a second
  expect(serverNow()).toBe(NOW + 120_000)
})

test('times follow the server clock when the local clock is fast', async () => {
  const { syncClock, serverNow, useNow } = await import('./server-clock')
  syncClock('2026-01-01T11:55:00Z')
  expect(serverNow()).toBe(NOW - 300_000)
  const { result } = renderHook(() => useNow())
  act(() => void vi.advanceTimersByTime(2_000))
  expect(result.current).toBe(NOW - 298_000)
})
