/**
 * The one way to what is live: every subscription of a page goes through here, over one shared WebSocket. Where
 * WebSockets are blocked it is multipart HTTP, and where streams are held back too, one event at a time.
 */
import { createClient, type Client } from 'graphql-ws'
import { meros } from 'meros/browser'

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
  next: (data: unknown) => void
  /** The server refused. It is tried again by itself where the fault was the server's own. */
  refused: (refusal: Refusal) => void
  completed: () => void
}

const OPEN_MS = 10_000
const PING_MS = 5_000
const PONG_MS = 4_000
const SILENCE_MS = 8_000 // a stream has a heartbeat every 5 s
const POLL_MS = 3_000
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
  readonly #watchers = new Set<() => void>()
  #connection: Connection = { state: 'connecting' }
  #way: Way = 'websocket'
  #client: Client | undefined
  #heard = Date.now()
  #failures = 0
  #wake: (() => void) | undefined

  constructor(url: URL) {
    this.#url = url
    addEventListener('online', () => this.tryNow())
    addEventListener('offline', () => this.#lose())
    document.addEventListener('visibilitychange', () => this.tryNow())
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
    }
  }

  /** At once, instead of at the next time. */
  tryNow(): void {
    this.#wake?.()
  }

  #open(feed: Feed): () => void {
    return this.#way === 'websocket' ? this.#overWebSocket(feed) : this.#overHttp(feed)
  }

  #become(connection: Connection): void {
    const { state } = this.#connection
    if (state === connection.state && (connection.state !== 'live' || this.#connection === connection)) return
    this.#connection = connection
    for (const watcher of this.#watchers) watcher()
  }

  #hear(): void {
    this.#heard = Date.now()
    this.#failures = 0
    if (this.#connection.state !== 'live') this.#become({ state: 'live', way: this.#way })
  }

  #lose(): void {
    if (this.#connection.state === 'live') this.#become({ state: 'lost', since: this.#heard })
  }

  /** Longer and longer; at once when the machine is back on the net, or the person back on the page. */
  async #pause(): Promise<void> {
    const longest = Math.min(LONGEST_WAIT_MS, 400 * 2 ** this.#failures++)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longest * (0.6 + 0.4 * Math.random()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
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
    const close = this.#client.subscribe<unknown>(payload, {
      next: (result) => deliver(feed, result as ExecutionResult),
      error: (error) => {
        if (over) return
        const refusal = refusalOf(error)
        feed.refused(refusal)
        if (isPassing(refusal)) again = setTimeout(() => this.#feeds.set(feed, this.#open(feed)), POLL_MS)
      },
      complete: () => {
        if (!over) feed.completed()
      },
    })
    let again: ReturnType<typeof setTimeout> | undefined
    return () => {
      over = true
      clearTimeout(again)
      close()
    }
  }

  #webSocketClient(): Client {
    let everOpen = false
    let patience: ReturnType<typeof setTimeout> | undefined
    const awaited = (ms: number) => {
      clearTimeout(patience)
      patience = setTimeout(() => client.terminate(), ms)
    }
    const address = new URL(this.#url)
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
    const client = createClient({
      url: address.href,
      lazyCloseTimeout: 5_000,
      keepAlive: PING_MS,
      connectionAckWaitTimeout: 10_000,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: async () => {
        if (everOpen || !(await this.#httpWorks())) return this.#pause()
        this.#goOverHttp()
        return new Promise(() => undefined) // this client is not needed any more
      },
      on: {
        connecting: () => awaited(OPEN_MS),
        connected: () => {
          clearTimeout(patience)
          everOpen = true
          this.#hear()
        },
        message: () => this.#hear(),
        ping: (received) => {
          if (!received) awaited(PONG_MS)
        },
        pong: (received) => {
          if (received) clearTimeout(patience)
        },
        closed: (event) => {
          clearTimeout(patience)
          if (event instanceof CloseEvent && event.wasClean && this.#feeds.size === 0) return
          this.#lose()
        },
      },
    })
    return client
  }

  async #httpWorks(): Promise<boolean> {
    const answer = await fetch(new URL('/healthz', this.#url), { cache: 'no-store' }).catch(() => null)
    return answer?.ok ?? false
  }

  #goOverHttp(): void {
    this.#way = 'stream'
    this.#failures = 0
    const client = this.#client
    this.#client = undefined
    for (const [feed, close] of [...this.#feeds]) {
      close()
      this.#feeds.set(feed, this.#open(feed))
    }
    void client?.dispose()
  }

  // HTTP

  #overHttp(feed: Feed): () => void {
    const over = new AbortController()
    void this.#keepAsking(feed, over.signal)
    return () => over.abort()
  }

  async #keepAsking(feed: Feed, over: AbortSignal): Promise<void> {
    for (;;) {
      try {
        const polling = this.#way === 'polling'
        const ended = polling
          ? await this.#ask(feed, over, true)
          : await withStream(over, (streaming) => this.#ask(feed, over, !streaming))
        if (ended || over.aborted) return
        await delay(POLL_MS, over)
      } catch (error) {
        if (over.aborted) return
        if (error instanceof Silence && this.#way === 'stream') {
          this.#way = 'polling' // something between here and there holds streams back
          continue
        }
        this.#lose()
        await this.#pause()
      }
    }
  }

  /** Whether the subscription has come to its end. `once`: the server ends the stream after one event. */
  async #ask(feed: Feed, over: AbortSignal, once: boolean): Promise<boolean> {
    const silence = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(new Silence()), once ? 60_000 : SILENCE_MS)
    }
    heard()
    let passing = false
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
        signal: AbortSignal.any([over, silence.signal]),
      })
      const parts = (await meros(response)) as Response | AsyncIterable<Part>
      if (parts instanceof Response) {
        const result = (await parts.json()) as ExecutionResult
        if (parts.status >= 500) throw new Error(result.errors?.[0]?.message ?? parts.statusText)
        const refusal = refusalOf(result.errors)
        feed.refused(refusal)
        return !isPassing(refusal)
      }
      for await (const part of parts) {
        heard()
        this.#hear()
        if (!part.json) continue
        if (part.body.errors) throw new Error(part.body.errors[0]?.message) // of the transport: it stops
        if (!part.body.payload) continue // a heartbeat
        deliver(feed, part.body.payload)
        if (once) return false
        passing = isPassing(refusalOf(part.body.payload.errors))
      }
      if (!once && !passing) feed.completed()
      return !once && !passing
    } finally {
      clearTimeout(timer)
    }
  }
}

class Silence extends Error {}

function deliver(feed: Feed, result: ExecutionResult): void {
  if (result.errors) feed.refused(refusalOf(result.errors))
  else feed.next(result.data)
}

function refusalOf(error: unknown): Refusal {
  const [first] = Array.isArray(error) ? (error as NonNullable<ExecutionResult['errors']>) : []
  const message = first?.message ?? (error instanceof Error ? error.message : 'The server refused without a reason.')
  const code = first?.extensions?.code
  return code === undefined ? { message } : { message, code }
}

/** What is worth another try: it lies with the server, not with what it was asked. */
function isPassing({ code }: Refusal): boolean {
  return code === 'INTERNAL'
}

/** With one of the streams that all tabs have together, if one is free. */
async function withStream<T>(over: AbortSignal, work: (streaming: boolean) => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return work(true)
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
