import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { graphql } from './graphql'
import { useChangeFeed, useLiveState, useLiveStatus } from './subscriptions'
import { serverNow } from './server-clock'
import type { Subscription } from './transport/subscription'

/** In place of the wire: who subscribes is told by the tests. */
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
const AWAY = { message: 'The database is away.', code: 'INTERNAL' }
const NOW = Date.parse('2026-01-01T12:00:00Z')

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
  wire.feeds.length = 0
})

afterEach(() => {
  cleanup()
  vi.advanceTimersByTime(5_000) // who left is forgotten
  vi.useRealTimers()
})

function watchRuns() {
  return renderHook(() => ({
    runs: useLiveState(Runs, {}, ({ activeBatchRuns: [first] }) => first),
    standing: useLiveStatus(),
  })).result
}

function watchEvents() {
  const { result } = renderHook(() => useChangeFeed(Events, { after: 'c-1' }, ({ events }) => events))
  const [feed] = wire.feeds
  if (!feed) throw new Error('Nobody subscribed.')
  return { result, feed }
}

const runs = (stale: boolean, asOf = '2026-01-01T11:00:00Z') => ({ activeBatchRuns: [{ id: 'brun-1', asOf, stale }] })

test('what the server can’t vouch for is stale from then on, and when it can again, a gap is counted', () => {
  const result = watchRuns()
  act(() => wire.feeds[0]?.next(runs(false)))
  expect(result.current.runs).toMatchObject({ staleSince: null, gaps: 0 })
  act(() => void vi.advanceTimersByTime(60_000))
  const since = serverNow()
  act(() => wire.feeds[0]?.next(runs(true)))
  act(() => void vi.advanceTimersByTime(60_000))
  expect(result.current.runs.staleSince).toBe(since)
  expect(result.current.standing).toEqual({ state: 'stale', since, reason: 'Chowda’s database can’t be reached just now.' })
  act(() => wire.feeds[0]?.next(runs(false)))
  expect(result.current.runs).toMatchObject({ staleSince: null, gaps: 1 })
  expect(result.current.standing).toEqual({ state: 'live', transport: 'websocket' })
})

test('nothing active and a refusal: it is not known to be so any more, and why is told', () => {
  const result = watchRuns()
  act(() => wire.feeds[0]?.next({ activeBatchRuns: [] }))
  act(() => wire.feeds[0]?.failed(AWAY, true))
  expect(result.current.runs).toMatchObject({ data: { activeBatchRuns: [] }, staleSince: serverNow(), ended: false })
  expect(result.current.standing).toMatchObject({ state: 'stale', reason: AWAY.message })
})

test('the server’s clock is taken from what it tells', () => {
  watchRuns()
  act(() => wire.feeds[0]?.next(runs(false, '2026-01-01T12:02:00Z')))
  expect(serverNow()).toBe(NOW + 120_000)
})

test('changes that don’t come after a lost connection are none, unless the server refuses or says that it can’t know', () => {
  const { result, feed } = watchEvents()
  const since = NOW - 1_000
  act(() => {
    feed.lost(since)
    feed.connected()
    vi.advanceTimersByTime(1_000)
  })
  expect(result.current.staleSince).toBe(since)
  act(() => feed.failed(AWAY, true))
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
