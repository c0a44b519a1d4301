import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Subscription } from './subscription'
import { Transport } from './transport'

/** Where WebSockets are blocked. */
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

/** What was asked of the server, and how it goes on. */
interface Asked {
  address: string
  query: string
  /** A part of the answer. */
  tell: (part: object) => void
  breakOff: () => void
}

const server = { asked: [] as Asked[], away: false }
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
      server.asked.push({
        address: input.href,
        query,
        tell: (part) => {
          stream.enqueue(text.encode(`--graphql\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(part)}\r\n--graphql`))
        },
        breakOff: () => stream.error(new TypeError('network error')),
      })
      init?.signal?.addEventListener('abort', () => stream.error(new DOMException('left', 'AbortError')))
    },
  })
  if (server.away) return Promise.reject(new TypeError('Failed to fetch'))
  return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'multipart/mixed;boundary="graphql"' } }))
}

beforeEach(() => {
  vi.useFakeTimers()
  Object.assign(server, { asked: [], away: false })
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

test('of several streams, only the one that breaks is out of date', async () => {
  const [first, second] = [feedOf('first'), feedOf('second')]
  const transport = await opened(first.feed, second.feed)
  for (const { tell } of server.asked) tell({ payload: { data: {} } })
  await vi.advanceTimersByTimeAsync(50)
  expect(transport.connection).toEqual({ state: 'live', transport: 'stream' })
  server.asked[0]?.breakOff()
  await vi.advanceTimersByTimeAsync(50)
  expect(first.heard).toEqual(['connected', 'next', 'lost'])
  expect(second.heard).toEqual(['connected', 'next'])
})

test('all that wait for the server ask again at once when they are told to, and no one waits for the others’ failures', async () => {
  const feeds = ['one', 'two', 'three', 'four'].map((query) => feedOf(query).feed)
  server.away = true
  const transport = await opened(...feeds)
  expect(server.asked).toHaveLength(4)
  transport.tryNow()
  await vi.advanceTimersByTimeAsync(0)
  expect(server.asked.slice(4).map(({ query }) => query)).toEqual(['one', 'two', 'three', 'four'])
  await vi.advanceTimersByTimeAsync(800) // the longest of each one's second wait
  expect(server.asked.slice(8, 12).map(({ query }) => query).sort()).toEqual(['four', 'one', 'three', 'two'])
})

test('where it is not known how many streams other tabs have, events are asked for one by one', async () => {
  vi.stubGlobal('navigator', {})
  const transport = await opened(feedOf('first').feed)
  expect(server.asked[0]?.address).toContain('events=1')
  server.asked[0]?.tell({ payload: { data: {} } })
  await vi.advanceTimersByTimeAsync(50)
  expect(transport.connection).toEqual({ state: 'live', transport: 'polling' })
})

test('a question that gets no answer is not waited for as long as one that has a right to silence', async () => {
  vi.stubGlobal('navigator', {})
  const [state, changes] = [feedOf('state'), feedOf('changes', false)]
  await opened(state.feed, changes.feed)
  await vi.advanceTimersByTimeAsync(11_000)
  expect(state.heard).toEqual(['lost'])
  expect(changes.heard).toEqual([])
  await vi.advanceTimersByTimeAsync(20_000)
  expect(changes.heard).toEqual(['lost'])
})

test('a stream that was heard before and falls silent is opened anew, and is not taken for one that is held back', async () => {
  const { feed, heard } = feedOf('first')
  const transport = await opened(feed)
  server.asked[0]?.tell({ payload: { data: {} } })
  await vi.advanceTimersByTimeAsync(8_500)
  expect(heard).toEqual(['connected', 'next', 'lost'])
  expect(server.asked[1]?.address).not.toContain('events=1')
  await vi.advanceTimersByTimeAsync(8_500) // nothing at all comes of this one
  expect(server.asked[2]?.address).toContain('events=1')
  server.asked[2]?.tell({ payload: { data: {} } })
  await vi.advanceTimersByTimeAsync(50)
  expect(transport.connection).toEqual({ state: 'live', transport: 'polling' })

  await vi.advanceTimersByTimeAsync(60_000) // whether there is a better way by now
  expect(server.asked.at(-1)?.address).not.toContain('events=1')
})
