/** Subscriptions over HTTP where streams are held back: a request for each event. */
import { repeatRequest, type HttpEvents } from './http-loop'
import { requestEvents } from './multipart-request'
import type { Subscription } from './subscription'

export class PollingTransport {
  readonly kind = 'polling'
  readonly #url: URL
  readonly #events: HttpEvents

  constructor(url: URL, events: HttpEvents) {
    this.#url = url
    this.#events = events
  }

  open(subscription: Subscription): () => void {
    const { heard } = this.#events
    return repeatRequest(
      subscription,
      (signal) => requestEvents({ url: this.#url, subscription, signal, once: true, heard }),
      this.#events,
    )
  }
}
