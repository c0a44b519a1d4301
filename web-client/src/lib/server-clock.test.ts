import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const NOW = Date.parse('2026-01-01T12:00:00Z')

beforeEach(() => {
  vi.resetModules() // a page knows nothing of the server's clock yet
  vi.useFakeTimers({ now: NOW })
})

afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

test('times are counted on the server’s clock where this machine’s is slow or fast', async () => {
  const { syncClock: syncClock, serverNow: serverNow } = await import('./server-clock')
  syncClock('2026-01-01T12:02:00Z')
  expect(serverNow()).toBe(NOW + 120_000)
  syncClock('2026-01-01T12:01:59Z') // it was a second on its way
  expect(serverNow()).toBe(NOW + 120_000)
})

test('a machine whose clock is fast is put right too', async () => {
  const { syncClock: syncClock, serverNow: serverNow, useNow } = await import('./server-clock')
  syncClock('2026-01-01T11:55:00Z')
  expect(serverNow()).toBe(NOW - 300_000)
  const { result } = renderHook(() => useNow())
  act(() => void vi.advanceTimersByTime(2_000))
  expect(result.current).toBe(NOW - 298_000)
})
