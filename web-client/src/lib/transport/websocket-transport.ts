/** Subscriptions over one WebSocket (graphql-ws). */
import { createClient, type Client } from 'graphql-ws'
import { CONNECT_TIMEOUT_MS, deliver, isRetryable, RETRY_MS, type ExecutionResult, type Subscription, type SubscriptionError } from './subscription'

const PING_MS = 5_000
const PONG_TIMEOUT_MS = 4_000

interface WebSocketEvents {
  opened: () => void
  heard: () => void
  /** The socket was open, and is closed. It reconnects. */
  closed: () => void
  /** Waits before the next attempt to connect. */
  pause: (failures: number) => Promise<void>
  /** Asked when an attempt fails before any has succeeded: whether to stop. */
  shouldGiveUp: () => Promise<boolean>
  gaveUp: () => void
}

export class WebSocketTransport {
  readonly kind = 'websocket'
  readonly #client: Client

  /** Connects immediately, and again after each loss, until it gives up. */
  constructor(url: URL, events: WebSocketEvents) {
    this.#client = connect(url, events)
  }

  open(subscription: Subscription): () => void {
    let closed = false
    let unsubscribe: () => void = () => undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    const subscribe = () => {
      let error: SubscriptionError | null = null
      const end = () => {
        if (closed) return
        if (error === null) subscription.completed()
        if (!isRetryable(error)) return
        retry = setTimeout(() => {
          subscribe()
          subscription.connected()
        }, RETRY_MS)
      }
      const payload = {
        query: subscription.query,
        get variables() {
          return subscription.variables() // graphql-ws reads them at every connection
        },
      }
      unsubscribe = this.#client.subscribe<unknown>(payload, {
        next: (result) => {
          error = deliver(subscription, result as ExecutionResult)
        },
        error: (reason) => {
          if (closed) return
          error = deliver(subscription, { errors: errorsIn(reason) })
          end()
        },
        complete: end,
      })
    }
    subscribe()
    return () => {
      closed = true
      clearTimeout(retry)
      unsubscribe()
    }
  }
}

function connect(url: URL, events: WebSocketEvents): Client {
  let hasOpened = false
  let failures = 0
  let deadline: ReturnType<typeof setTimeout> | undefined
  const terminateAfter = (ms: number) => {
    clearTimeout(deadline)
    deadline = setTimeout(() => client.terminate(), ms)
  }
  const address = new URL(url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const client = createClient({
    url: address.href,
    lazy: false,
    onNonLazyError: () => undefined, // each subscription gets the error
    keepAlive: PING_MS,
    connectionAckWaitTimeout: CONNECT_TIMEOUT_MS,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: async () => {
      if (hasOpened || !(await events.shouldGiveUp())) return events.pause(failures++)
      events.gaveUp()
      return new Promise(() => undefined) // no further attempt
    },
    on: {
      connecting: () => terminateAfter(CONNECT_TIMEOUT_MS),
      connected: () => {
        clearTimeout(deadline)
        hasOpened = true
        failures = 0
        events.opened()
      },
      message: () => events.heard(),
      ping: (received) => {
        if (!received) terminateAfter(PONG_TIMEOUT_MS)
      },
      pong: (received) => {
        if (received) clearTimeout(deadline)
      },
      closed: () => {
        clearTimeout(deadline)
        if (hasOpened) events.closed()
      },
    },
  })
  return client
}

/** The errors of an operation. A connection that broke for good counts as an error of the server. */
function errorsIn(reason: unknown): NonNullable<ExecutionResult['errors']> {
  if (Array.isArray(reason)) return reason as NonNullable<ExecutionResult['errors']>
  return [{ message: 'The connection to Chowda broke.', extensions: { code: 'INTERNAL' } }]
}
