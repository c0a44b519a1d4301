/**
 * Subscriptions over multipart HTTP: a stream for each, as far as the browser's connections suffice. The others poll, one
 * event at a time.
 */
import { repeatRequest, type HttpEvents } from './http-loop'
import { requestEvents, StreamHeldBack } from './multipart-request'
import type { Subscription } from './subscription'

const STREAMS = 4 // in all tabs: browsers open six connections to a server, and queries need some

interface StreamEvents extends HttpEvents {
  /** Streams do not get through, only complete answers. */
  heldBack: () => void
}

export class StreamTransport {
  readonly #url: URL
  readonly #events: StreamEvents
  readonly #polling = new Set<Subscription>()

  constructor(url: URL, events: StreamEvents) {
    this.#url = url
    this.#events = events
  }

  get kind(): 'stream' | 'polling' {
    return this.#polling.size > 0 ? 'polling' : 'stream'
  }

  open(subscription: Subscription): () => void {
    const close = repeatRequest(
      subscription,
      (signal) => withStreamSlot(signal, (isFree) => this.#request(subscription, signal, !isFree)),
      this.#events,
      (error) => {
        const isHeldBack = error instanceof StreamHeldBack
        if (isHeldBack) this.#events.heldBack()
        return isHeldBack
      },
    )
    return () => {
      close()
      this.#polling.delete(subscription)
    }
  }

  #request(subscription: Subscription, signal: AbortSignal, once: boolean): Promise<boolean> {
    signal.throwIfAborted()
    if (once) this.#polling.add(subscription)
    else this.#polling.delete(subscription)
    return requestEvents({ url: this.#url, subscription, signal, once, heard: this.#events.heard })
  }
}

/** Runs `work` with one of the stream slots that all tabs share, if one is free. */
async function withStreamSlot<T>(signal: AbortSignal, work: (isFree: boolean) => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return work(false) // without HTTPS the tabs cannot count their streams
  const held = (await navigator.locks.query()).held?.map((lock) => lock.name) ?? []
  const free = Array.from({ length: STREAMS }, (_, n) => `chowda-stream-${n}`).find((name) => !held.includes(name))
  if (!free) return work(false)
  signal.throwIfAborted()
  return navigator.locks.request(free, { ifAvailable: true }, (lock) => work(lock !== null))
}
