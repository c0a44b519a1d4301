import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Subscription } from './subscription'
import { Transport } from './transport'

/** A WebSocket that a proxy blocks. */
class RefusedSocket {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly readyState = RefusedSocket.CONNECTING
  onclose: ((event: CloseEvent) => void) | null = null

  constructor() {
    queueMicrotask(() => this.onclose?.(new CloseEvent('close', { code: 1006 })))
  }

  close = () => undefined
}

/** A request to the server, and the control of its response. */
interface ReceivedRequest {
  address: string
  query: string
  /** Sends a part of the response. */
  send: (part: object) => void
  disconnect: () => void
}

const server = { requests: [] as ReceivedRequest[], away: false }
const held = new Set<string>()
const locks = {
  query: () => Promise.resolve({ held: [...held].map((name) => ({ name })) }),
  request: async (name: string, _: unknown, work: (lock: object | null) => Promise<unknown>) => {
    held.add(name)
    try {
      return await work({})
    } finally {
      held.delete(name)
    }
  },
}

function answer(input: URL, init?: RequestInit): Promise<Response> {
  if (input.pathname === '/healthz') return Promise.resolve(new Response('ok'))
  const { query } = JSON.parse(init?.body as string) as { query: string }
  const text = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => {
      server.requests.push({
        address: input.href,
        query,
        send: (part) => {
          stream.enqueue(text.encode(`--graphql\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(part)}\r\n--graphql`))
        },
        disconnect: () => stream.error(new TypeError('network error')),
      })
      init?.signal?.addEventListener('abort', () => stream.error(new DOMException('left', 'AbortError')))
    },
  })
  if (server.away) return Promise.reject(new TypeError('Failed to fetch'))
  return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'multipart/mixed;boundary="graphql"' } }))
}

beforeEach(() => {
  vi.useFakeTimers()
  Object.assign(server, { requests: [], away: false })
  held.clear()
  vi.stubGlobal('WebSocket', RefusedSocket)
  vi.stubGlobal('fetch', answer)
  vi.stubGlobal('navigator', { locks })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function feedOf(query: string, sendsCurrentState = true) {
  const heard: string[] = []
  const feed: Subscription = {
    query,
    variables: () => ({}),
    sendsCurrentState,
    next: () => heard.push('next'),
    lost: () => heard.push('lost'),
    connected: () => heard.push('connected'),
    failed: () => heard.push('failed'),
    completed: () => heard.push('completed'),
  }
  return { feed, heard }
}

async function opened(...feeds: Subscription[]): Promise<Transport> {
  const transport = new Transport(new URL('http://chowda.test/graphql'))
  for (const feed of feeds) transport.subscribe(feed)
  await vi.advanceTimersByTimeAsync(50)
  return transport
}

test('only the broken stream of several is out of date', async () => {
  const [first, second] = [feedOf('first'), feedOf('second')]
  const transport = await opened(first.feed, second.feed)
  for (const { send } of server.requests) send({ payload: { data: {} } })
  await vi.advanceTimersByTimeAsync(50)
  expect(transport.connection).toEqual({ state: 'live', transport: 'stream' })
  server.requests[0]?.disconnect()
  await vi.advanceTimersByTimeAsync(50)
  expect(first.heard).toEqual(['connected', 'next', 'lost'])
  expect(second.heard).toEqual(['connected', 'next'])
})

test('tryNow retries all subscriptions at once, and each one backs off independently', async () => {
  const feeds = ['one', 'two', 'three', 'four'].map((query) => feedOf(query).feed)
  server.away = true
  const transport = await opened(...feeds)
  expect(server.requests).toHaveLength(4)
  transport.tryNow()
  await vi.advanceTimersByTimeAsync(0)
  expect(server.requests.slice(4).map(({ query }) => query)).toEqual(['one', 'two', 'three', 'four'])
  await vi.advanceTimersByTimeAsync(800) // the longest second back-off
  expect(server.requests.slice(8, 12).map(({ query }) => query).sort()).toEqual(['four', 'one', 'three', 'two'])
})

test('without locks, events are polled one by one', async () => {
  vi.stubGlobal('navigator', {})
  const transport = await opened(feedOf('first').feed)
  expect(server.requests[0]?.address).toContain('events=1')
  server.requests[0]?.send({ payload: { data: {} } })
  await vi.advanceTimersByTimeAsync(50)
  expect(transport.connection).toEqual({ state: 'live', transport: 'polling' })
})

test('a state subscription times out earlier than a change feed', async () => {
  vi.stubGlobal('navigator', {})
  const [state, changes] = [feedOf('state'), feedOf('changes', false)]
  await opened(state.feed, changes.feed)
  await vi.advanceTimersByTimeAsync(11_000)
  expect(state.heard).toEqual(['lost'])
  expect(changes.heard).toEqual([])
  await vi.advanceTimersByTimeAsync(20_000)
  expect(changes.heard).toEqual(['lost'])
})

test('a stream that falls silent is reopened, and does not count as held back', async () => {
  const { feed, heard } = feedOf('first')
  const transport = await opened(feed)
  server.requests[0]?.send({ payload: { data: {} } })
  await vi.advanceTimersByTimeAsync(8_500)
  expect(heard).toEqual(['connected', 'next', 'lost'])
  expect(server.requests[1]?.address).not.toContain('events=1')
  await vi.advanceTimersByTimeAsync(8_500) // this stream sends nothing
  expect(server.requests[2]?.address).toContain('events=1')
  server.requests[2]?.send({ payload: { data: {} } })
  await vi.advanceTimersByTimeAsync(50)
  expect(transport.connection).toEqual({ state: 'live', transport: 'polling' })

  await vi.advanceTimersByTimeAsync(60_000) // the next attempt to leave polling
  expect(server.requests.at(-1)?.address).not.toContain('events=1')
})
