/**
 * Carries all subscriptions of a page: over one shared WebSocket; where WebSockets are blocked, over HTTP streams; where
 * streams are held back, by polling.
 */
import { serverNow } from '../server-clock'
import { PollingTransport } from './polling-transport'
import { StreamTransport } from './stream-transport'
import type { Subscription } from './subscription'
import { WebSocketTransport } from './websocket-transport'

export type TransportKind = 'websocket' | 'stream' | 'polling'

export type Connection =
  | { state: 'connecting' }
  | { state: 'live'; transport: TransportKind }
  /** It reconnects by itself. `since`: when the server was last heard. */
  | { state: 'lost'; since: number }

const UPGRADE_MS = 60_000 // from one attempt to leave HTTP to the next
const LONGEST_PAUSE_MS = 10_000

export class Transport {
  readonly #url: URL
  /** Each with the function that closes it. */
  readonly #subscriptions = new Map<Subscription, () => void>()
  readonly #watchers = new Set<() => void>()
  readonly #wakers = new Set<() => void>()
  #connection: Connection = { state: 'connecting' }
  #current: WebSocketTransport | StreamTransport | PollingTransport | undefined
  /** A WebSocket that tries to get through, while HTTP does. */
  #trial: WebSocketTransport | undefined
  #nextTrial: ReturnType<typeof setTimeout> | undefined
  #lastHeard = serverNow()

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

  subscribe(subscription: Subscription): () => void {
    this.#current ??= this.#webSocket()
    this.#subscriptions.set(subscription, this.#current.open(subscription))
    return () => {
      this.#subscriptions.get(subscription)?.()
      this.#subscriptions.delete(subscription)
    }
  }

  /** Ends all pauses: attempts again immediately. */
  tryNow(): void {
    for (const wake of this.#wakers) wake()
    this.#tryWebSocket()
  }

  #switchTo(transport: WebSocketTransport | StreamTransport | PollingTransport): void {
    if (this.#current === transport) return
    this.#current = transport
    for (const [subscription, close] of [...this.#subscriptions]) {
      close()
      this.#subscriptions.set(subscription, transport.open(subscription))
    }
    this.#scheduleTrial()
  }

  #webSocket(): WebSocketTransport {
    const socket: WebSocketTransport = new WebSocketTransport(this.#url, {
      opened: () => {
        this.#trial = undefined
        this.#switchTo(socket)
        for (const subscription of this.#subscriptions.keys()) subscription.connected()
        this.#hear()
      },
      heard: () => this.#hear(),
      closed: () => this.#lose(this.#subscriptions.keys()),
      pause: (failures) => this.#pause(failures),
      shouldGiveUp: async () => this.#trial === socket || (await this.#isHttpAvailable()),
      gaveUp: () => {
        if (this.#trial === socket) this.#trial = undefined
        if (!(this.#current instanceof StreamTransport)) this.#switchTo(this.#stream())
      },
    })
    return socket
  }

  #stream(): StreamTransport {
    return new StreamTransport(this.#url, {
      ...this.#httpEvents(),
      heldBack: () => this.#switchTo(new PollingTransport(this.#url, this.#httpEvents())),
    })
  }

  #httpEvents() {
    return {
      heard: () => this.#hear(),
      lost: (subscription: Subscription) => this.#lose([subscription]),
      pause: (failures: number) => this.#pause(failures),
    }
  }

  async #isHttpAvailable(): Promise<boolean> {
    const answer = await fetch(new URL('/healthz', this.#url), { cache: 'no-store' }).catch(() => null)
    return answer?.ok ?? false
  }

  #tryWebSocket(): void {
    if (this.#current === undefined || this.#current instanceof WebSocketTransport) return
    this.#trial ??= this.#webSocket()
    this.#scheduleTrial()
  }

  #scheduleTrial(): void {
    clearTimeout(this.#nextTrial)
    if (this.#current instanceof WebSocketTransport) return
    this.#nextTrial = setTimeout(() => this.#tryWebSocket(), UPGRADE_MS)
  }

  #become(connection: Connection): void {
    this.#connection = connection
    for (const watcher of this.#watchers) watcher()
  }

  #hear(): void {
    this.#lastHeard = serverNow()
    const transport = this.#current?.kind ?? 'websocket'
    if (this.#connection.state !== 'live' || this.#connection.transport !== transport) this.#become({ state: 'live', transport })
  }

  #lose(subscriptions: Iterable<Subscription>): void {
    for (const subscription of subscriptions) subscription.lost(this.#lastHeard)
    if (this.#connection.state === 'live') this.#become({ state: 'lost', since: this.#lastHeard })
  }

  /** Exponential back-off with jitter. It ends early when the machine is online again, or the page is visible again. */
  async #pause(failures: number): Promise<void> {
    const longest = Math.min(LONGEST_PAUSE_MS, 400 * 2 ** failures)
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
}
