/**
 * The one way to what is live: every subscription of a page goes through here, over one shared WebSocket. Where
 * WebSockets are blocked it is multipart HTTP, and where streams are held back too, one event at a time.
 */
import { createClient, type Client } from 'graphql-ws'
import { meros } from 'meros/browser'
import { serverNow } from './server-clock'

export type Way = 'websocket' | 'stream' | 'polling'

export type Connection =
  | { state: 'connecting' }
  | { state: 'live'; way: Way }
  /** Tried again by itself. `since`: when the server was heard last. */
  | { state: 'lost'; since: number }

export interface Refusal {
  message: string
  code?: string
}

export interface Feed {
  query: string
  /** Asked for at each connection anew, so that a cursor goes on where it was. */
  variables: () => Record<string, unknown>
  /** The server tells at once how things are, whenever it is asked; else only when something has changed. */
  atOnce: boolean
  next: (data: unknown) => void
  /** The server can't be heard: what it told may not be so any more. */
  lost: (since: number) => void
  /** The server hears again what it is asked for: what has changed meanwhile follows. */
  asked: () => void
  /** `passing`: it lies with the server, not with what it was asked, and is tried again by itself. */
  refused: (refusal: Refusal, passing: boolean) => void
  completed: () => void
}

const OPEN_MS = 10_000
const PING_MS = 5_000
const PONG_MS = 4_000
const SILENCE_MS = 8_000 // a stream has a heartbeat every 5 s
const QUIET_MS = 30_000 // who asks for one event has it after 20 s, be it an empty page
const POLL_MS = 3_000
const BETTER_MS = 60_000 // until it is looked whether there is a better way than HTTP by now
const LONGEST_WAIT_MS = 10_000
const STREAMS = 4 // of all tabs: browsers hold six connections to a server, and queries need some

interface ExecutionResult {
  data?: unknown
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}

/** Of a multipart answer. */
type Part =
  | { json: false }
  | { json: true; body: { payload?: ExecutionResult | null; errors?: ExecutionResult['errors'] } }

export class Transport {
  readonly #url: URL
  readonly #feeds = new Map<Feed, () => void>()
  /** Over HTTP: those that get one event at a time. */
  readonly #polled = new Set<Feed>()
  readonly #watchers = new Set<() => void>()
  readonly #wakers = new Set<() => void>()
  #connection: Connection = { state: 'connecting' }
  #way: Way = 'websocket'
  #client: Client | undefined
  /** Whether a WebSocket gets through by now, while HTTP does. */
  #trial: Client | undefined
  #nextTrial: ReturnType<typeof setTimeout> | undefined
  #heard = serverNow()

  constructor(url: URL) {
    this.#url = url
    addEventListener('online', () => this.tryNow())
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.tryNow()
    })
  }

  get connection(): Connection {
    return this.#connection
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  subscribe(feed: Feed): () => void {
    this.#feeds.set(feed, this.#open(feed))
    return () => {
      this.#feeds.get(feed)?.()
      this.#feeds.delete(feed)
      this.#polled.delete(feed)
    }
  }

  /** At once, instead of at the next time. */
  tryNow(): void {
    for (const wake of this.#wakers) wake()
    this.#tryBetter()
  }

  #open(feed: Feed): () => void {
    return this.#way === 'websocket' ? this.#overWebSocket(feed) : this.#overHttp(feed)
  }

  #goOver(way: Way): void {
    if (this.#way === way) return
    this.#way = way
    for (const [feed, close] of [...this.#feeds]) {
      close()
      this.#polled.delete(feed)
      this.#feeds.set(feed, this.#open(feed))
    }
    this.#tryBetterLater()
  }

  #become(connection: Connection): void {
    this.#connection = connection
    for (const watcher of this.#watchers) watcher()
  }

  #hear(): void {
    this.#heard = serverNow()
    const way = this.#way === 'stream' && this.#polled.size > 0 ? 'polling' : this.#way
    if (this.#connection.state !== 'live' || this.#connection.way !== way) this.#become({ state: 'live', way })
  }

  #lose(feeds: Iterable<Feed>): void {
    for (const feed of feeds) feed.lost(this.#heard)
    if (this.#connection.state === 'live') this.#become({ state: 'lost', since: this.#heard })
  }

  /** Longer and longer; at once when the machine is back on the net, or the person back on the page. */
  async #pause(failures: number): Promise<void> {
    const longest = Math.min(LONGEST_WAIT_MS, 400 * 2 ** failures)
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#wakers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, longest * (0.6 + 0.4 * Math.random()))
      this.#wakers.add(wake)
    })
  }

  // WebSocket

  #overWebSocket(feed: Feed): () => void {
    this.#client ??= this.#webSocketClient()
    const payload = {
      query: feed.query,
      get variables() {
        return feed.variables() // read at every connection
      },
    }
    let over = false
    let again: ReturnType<typeof setTimeout> | undefined
    let refusal: Refusal | null = null
    const end = () => {
      if (over) return
      if (refusal === null) feed.completed()
      if (refusal && isPassing(refusal)) {
        again = setTimeout(() => {
          this.#feeds.set(feed, this.#open(feed))
          feed.asked()
        }, POLL_MS)
      }
    }
    const close = this.#client.subscribe<unknown>(payload, {
      next: (result) => {
        refusal = deliver(feed, result as ExecutionResult)
      },
      error: (error) => {
        if (over) return
        refusal = deliver(feed, { errors: errorsOf(error) })
        end()
      },
      complete: end,
    })
    return () => {
      over = true
      clearTimeout(again)
      close()
    }
  }

  /** It connects by itself, again and again, unless none gets through where HTTP does. */
  #webSocketClient(): Client {
    let everOpen = false
    let failures = 0
    let patience: ReturnType<typeof setTimeout> | undefined
    const awaited = (ms: number) => {
      clearTimeout(patience)
      patience = setTimeout(() => client.terminate(), ms)
    }
    const address = new URL(this.#url)
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
    const client = createClient({
      url: address.href,
      lazy: false,
      onNonLazyError: () => undefined, // its feeds are told
      keepAlive: PING_MS,
      connectionAckWaitTimeout: 10_000,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: async () => {
        const trial = this.#trial === client
        if (everOpen || (!trial && !(await this.#httpWorks()))) return this.#pause(failures++)
        if (trial) this.#trial = undefined
        else this.#client = undefined
        this.#goOver('stream')
        return new Promise(() => undefined) // this client is not needed any more
      },
      on: {
        connecting: () => awaited(OPEN_MS),
        connected: () => {
          clearTimeout(patience)
          everOpen = true
          failures = 0
          this.#client = client
          this.#trial = undefined
          this.#goOver('websocket')
          for (const feed of this.#feeds.keys()) feed.asked()
          this.#hear()
        },
        message: () => this.#hear(),
        ping: (received) => {
          if (!received) awaited(PONG_MS)
        },
        pong: (received) => {
          if (received) clearTimeout(patience)
        },
        closed: () => {
          clearTimeout(patience)
          if (everOpen) this.#lose(this.#feeds.keys())
        },
      },
    })
    return client
  }

  async #httpWorks(): Promise<boolean> {
    const answer = await fetch(new URL('/healthz', this.#url), { cache: 'no-store' }).catch(() => null)
    return answer?.ok ?? false
  }

  // HTTP

  #tryBetter(): void {
    if (this.#way === 'websocket') return
    this.#trial ??= this.#webSocketClient()
    this.#tryBetterLater()
  }

  #tryBetterLater(): void {
    clearTimeout(this.#nextTrial)
    if (this.#way !== 'websocket') this.#nextTrial = setTimeout(() => this.#tryBetter(), BETTER_MS)
  }

  #overHttp(feed: Feed): () => void {
    const over = new AbortController()
    void this.#keepAsking(feed, over.signal)
    return () => over.abort()
  }

  async #keepAsking(feed: Feed, over: AbortSignal): Promise<void> {
    let failures = 0
    for (;;) {
      try {
        const polling = this.#way === 'polling'
        const ended = polling
          ? await this.#ask(feed, over, true)
          : await withStream(over, (streaming) => this.#ask(feed, over, !streaming))
        if (ended || over.aborted) return
        failures = 0
        await delay(POLL_MS, over)
      } catch (error) {
        if (over.aborted) return
        if (error instanceof HeldBack) {
          this.#goOver('polling')
          return
        }
        this.#lose([feed])
        await this.#pause(failures++)
      }
    }
  }

  /** Whether the subscription has come to its end. `once`: the server ends the stream after one event. */
  async #ask(feed: Feed, over: AbortSignal, once: boolean): Promise<boolean> {
    if (once) this.#polled.add(feed)
    else this.#polled.delete(feed)
    const asking = new AbortController()
    const leave = () => asking.abort()
    over.addEventListener('abort', leave)
    const patience = once ? (feed.atOnce ? OPEN_MS : QUIET_MS) : SILENCE_MS
    let timer = setTimeout(leave, patience)
    let heard = false
    let refusal: Refusal | null = null
    try {
      const address = new URL(this.#url)
      if (once) address.searchParams.set('events', '1')
      const response = await fetch(address, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json',
        },
        body: JSON.stringify({ query: feed.query, variables: feed.variables() }),
        signal: asking.signal,
      })
      const parts = (await meros(response)) as Response | AsyncIterable<Part>
      if (parts instanceof Response) {
        const result = (await parts.json()) as ExecutionResult
        if (parts.status >= 500) throw new Error(result.errors?.[0]?.message ?? parts.statusText)
        return !isPassing(deliver(feed, result))
      }
      for await (const part of parts) {
        clearTimeout(timer)
        timer = setTimeout(leave, patience)
        if (!heard) feed.asked()
        heard = true
        this.#hear()
        if (!part.json) continue
        if (part.body.errors) throw new Error(part.body.errors[0]?.message) // of the transport: it stops
        if (!part.body.payload) continue // a heartbeat
        refusal = deliver(feed, part.body.payload)
        if (once) return refusal !== null && !isPassing(refusal)
      }
      if (refusal === null) feed.completed()
      return !isPassing(refusal)
    } catch (error) {
      throw asking.signal.aborted && !heard && !once ? new HeldBack() : error
    } finally {
      clearTimeout(timer)
      over.removeEventListener('abort', leave)
    }
  }
}

/** Something between here and there lets an answer through only when it is whole. */
class HeldBack extends Error {}

function deliver(feed: Feed, result: ExecutionResult): Refusal | null {
  if (!result.errors) {
    feed.next(result.data)
    return null
  }
  const [first] = result.errors
  const code = first?.extensions?.code
  const refusal: Refusal = {
    message: first?.message ?? 'The server refused without a reason.',
    ...(code !== undefined && { code }),
  }
  feed.refused(refusal, isPassing(refusal))
  return refusal
}

/** Of an operation; a connection that broke for good is the server's own fault. */
function errorsOf(error: unknown): NonNullable<ExecutionResult['errors']> {
  if (Array.isArray(error)) return error as NonNullable<ExecutionResult['errors']>
  return [{ message: 'The connection to Chowda broke.', extensions: { code: 'INTERNAL' } }]
}

/** What is worth another try: it lies with the server, not with what it was asked. */
function isPassing(refusal: Refusal | null): boolean {
  return refusal?.code === 'INTERNAL'
}

/** With one of the streams that all tabs have together, if one is free. */
async function withStream<T>(over: AbortSignal, work: (streaming: boolean) => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return work(false) // over plain HTTP nobody knows how many other tabs have
  const held = (await navigator.locks.query()).held?.map((lock) => lock.name) ?? []
  const free = Array.from({ length: STREAMS }, (_, n) => `chowda-stream-${n}`).find((name) => !held.includes(name))
  if (!free) return work(false)
  over.throwIfAborted()
  return navigator.locks.request(free, { ifAvailable: true }, (lock) => work(lock !== null))
}

function delay(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    over.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}
