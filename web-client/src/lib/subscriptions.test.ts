import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { graphql } from './graphql'
import { useChangeFeed, useLiveState, useLiveStatus } from './subscriptions'
import { serverNow } from './server-clock'
import type { Subscription } from './transport/subscription'

/** Replaces the transport: tests send the events to the subscriptions. */
const wire = vi.hoisted(() => ({ feeds: [] as Subscription[] }))

vi.mock('./transport/transport', () => ({
  Transport: class {
    connection = { state: 'live', transport: 'websocket' }
    watch = () => () => undefined
    subscribe = (feed: Subscription) => {
      wire.feeds.push(feed)
      return () => undefined
    }
  },
}))

const Runs = graphql(`subscription TestRuns { activeBatchRuns { id asOf stale } }`)
const Events = graphql(`subscription TestEvents($after: String) { events(after: $after) { cursor asOf stale } }`)
const DATABASE_ERROR = { message: 'The database is unavailable.', code: 'INTERNAL' }
const NOW = Date.parse('2026-01-01T12:00:00Z')

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
  wire.feeds.length = 0
})

afterEach(() => {
  cleanup()
  vi.advanceTimersByTime(5_000) // unused subscriptions are closed
  vi.useRealTimers()
})

function watchRuns() {
  return renderHook(() => ({
    runs: useLiveState(Runs, {}, ({ activeBatchRuns: [first] }) => first),
    status: useLiveStatus(),
  })).result
}

function watchEvents() {
  const { result } = renderHook(() => useChangeFeed(Events, { after: 'c-1' }, ({ events }) => events))
  const [feed] = wire.feeds
  if (!feed) throw new Error('There is no subscription.')
  return { result, feed }
}

const runs = (stale: boolean, asOf = '2026-01-01T11:00:00Z') => ({ activeBatchRuns: [{ id: 'brun-1', asOf, stale }] })

test('data that the server marks as stale is stale, and fresh data counts a gap', () => {
  const result = watchRuns()
  act(() => wire.feeds[0]?.next(runs(false)))
  expect(result.current.runs).toMatchObject({ staleSince: null, gaps: 0 })
  act(() => void vi.advanceTimersByTime(60_000))
  const since = serverNow()
  act(() => wire.feeds[0]?.next(runs(true)))
  act(() => void vi.advanceTimersByTime(60_000))
  expect(result.current.runs.staleSince).toBe(since)
  expect(result.current.status).toEqual({ state: 'stale', since, reason: 'Chowda’s database can’t be reached at the moment.' })
  act(() => wire.feeds[0]?.next(runs(false)))
  expect(result.current.runs).toMatchObject({ staleSince: null, gaps: 1 })
  expect(result.current.status).toEqual({ state: 'live', transport: 'websocket' })
})

test('after an error, an empty list is stale, with the reason', () => {
  const result = watchRuns()
  act(() => wire.feeds[0]?.next({ activeBatchRuns: [] }))
  act(() => wire.feeds[0]?.failed(DATABASE_ERROR, true))
  expect(result.current.runs).toMatchObject({ data: { activeBatchRuns: [] }, staleSince: serverNow(), ended: false })
  expect(result.current.status).toMatchObject({ state: 'stale', reason: DATABASE_ERROR.message })
})

test('messages set the server clock', () => {
  watchRuns()
  act(() => wire.feeds[0]?.next(runs(false, '2026-01-01T12:02:00Z')))
  expect(serverNow()).toBe(NOW + 120_000)
})

test('after a reconnect, silence means no changes, unless the server fails or marks its data as stale', () => {
  const { result, feed } = watchEvents()
  const since = NOW - 1_000
  act(() => {
    feed.lost(since)
    feed.connected()
    vi.advanceTimersByTime(1_000)
  })
  expect(result.current.staleSince).toBe(since)
  act(() => feed.failed(DATABASE_ERROR, true))
  act(() => void vi.advanceTimersByTime(60_000))
  expect(result.current.staleSince).toBe(since)

  act(() => {
    feed.connected()
    feed.next({ events: { cursor: 'c-1', asOf: '2026-01-01T11:00:00Z', stale: true } })
    vi.advanceTimersByTime(60_000)
  })
  expect(result.current.staleSince).toBe(since)

  act(() => {
    feed.lost(since)
    feed.connected()
    vi.advanceTimersByTime(2_000)
  })
  expect(result.current.staleSince).toBeNull()
})
