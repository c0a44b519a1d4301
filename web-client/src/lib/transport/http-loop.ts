import { RETRY_MS, type Subscription } from './subscription'

export interface HttpEvents {
  heard: () => void
  lost: (subscription: Subscription) => void
  /** Waits before the next attempt after a failure. */
  pause: (failures: number) => Promise<void>
}

/**
 * Repeats `request` until it returns true (the subscription has ended) or the returned function is called. `giveUp` gets
 * each error, and returns whether to stop.
 */
export function repeatRequest(
  subscription: Subscription,
  request: (signal: AbortSignal) => Promise<boolean>,
  events: HttpEvents,
  giveUp: (error: unknown) => boolean = () => false,
): () => void {
  const closing = new AbortController()
  void run(closing.signal)
  return () => closing.abort()

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0
    for (;;) {
      try {
        const ended = await request(signal)
        if (ended || signal.aborted) return
        failures = 0
        await delay(RETRY_MS, signal)
      } catch (error) {
        if (signal.aborted || giveUp(error)) return
        events.lost(subscription)
        await events.pause(failures++)
      }
    }
  }
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}
