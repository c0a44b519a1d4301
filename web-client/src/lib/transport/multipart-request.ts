/** One subscription over one HTTP request, answered with multipart/mixed. */
import { meros } from 'meros/browser'
import { CONNECT_TIMEOUT_MS, deliver, isRetryable, type ExecutionResult, type Subscription, type SubscriptionError } from './subscription'

const SILENCE_TIMEOUT_MS = 8_000 // a stream has a heartbeat every 5 s
const ONE_EVENT_TIMEOUT_MS = 30_000 // the server answers a request for one event after 20 s at most, if with an empty page

type Part =
  | { json: false }
  | { json: true; body: { payload?: ExecutionResult | null; errors?: ExecutionResult['errors'] } }

/** A proxy holds the stream back until it is complete. */
export class StreamHeldBack extends Error {}

interface MultipartRequest {
  url: URL
  subscription: Subscription
  signal: AbortSignal
  /** The server ends the answer after one event. */
  once: boolean
  heard: () => void
}

/** Returns whether the subscription has ended. Raises StreamHeldBack if a stream stays silent from the start. */
export async function requestEvents({ url, subscription, signal, once, heard }: MultipartRequest): Promise<boolean> {
  signal.throwIfAborted()
  const request = new AbortController()
  const abort = () => request.abort()
  signal.addEventListener('abort', abort)
  const timeoutMs = once ? (subscription.sendsCurrentState ? CONNECT_TIMEOUT_MS : ONE_EVENT_TIMEOUT_MS) : SILENCE_TIMEOUT_MS
  let timer = setTimeout(abort, timeoutMs)
  let hasAnswered = false
  let error: SubscriptionError | null = null
  try {
    const address = new URL(url)
    if (once) address.searchParams.set('events', '1')
    const response = await fetch(address, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json',
      },
      body: JSON.stringify({ query: subscription.query, variables: subscription.variables() }),
      signal: request.signal,
    })
    const parts = (await meros(response)) as Response | AsyncIterable<Part>
    if (parts instanceof Response) {
      const result = (await parts.json()) as ExecutionResult
      if (parts.status >= 500) throw new Error(result.errors?.[0]?.message ?? parts.statusText)
      return !isRetryable(deliver(subscription, result))
    }
    for await (const part of parts) {
      clearTimeout(timer)
      timer = setTimeout(abort, timeoutMs)
      if (!hasAnswered) subscription.connected()
      hasAnswered = true
      heard()
      if (!part.json) continue
      if (part.body.errors) throw new Error(part.body.errors[0]?.message) // the server ends the stream
      if (!part.body.payload) continue // a heartbeat
      error = deliver(subscription, part.body.payload)
      if (once) return error !== null && !isRetryable(error)
    }
    if (error === null) subscription.completed()
    return !isRetryable(error)
  } catch (reason) {
    throw request.signal.aborted && !hasAnswered && !once ? new StreamHeldBack() : reason
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
