/** A GraphQL subscription, as all transports take it. */
export interface Subscription {
  query: string
  /** Read at each connection, so that a cursor resumes where it was. */
  variables: () => Record<string, unknown>
  /** The server sends the current state as soon as it is subscribed to; otherwise it sends changes alone. */
  sendsCurrentState: boolean
  next: (data: unknown) => void
  /** The connection is lost: the last data may be out of date. `since`: when the server was last heard. */
  lost: (since: number) => void
  /** The server has the subscription again: it sends what has changed in the meantime. */
  connected: () => void
  /** `retrying`: the fault is the server's own, and the transport subscribes again. */
  failed: (error: SubscriptionError, retrying: boolean) => void
  completed: () => void
}

export interface SubscriptionError {
  message: string
  code?: string
}

export interface ExecutionResult {
  data?: unknown
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}

export const CONNECT_TIMEOUT_MS = 10_000
/** Between two requests, and before a new attempt after an error of the server. */
export const RETRY_MS = 3_000

/** Hands a result to its subscription. Returns its error, or null. */
export function deliver(subscription: Subscription, result: ExecutionResult): SubscriptionError | null {
  if (!result.errors) {
    subscription.next(result.data)
    return null
  }
  const [first] = result.errors
  const code = first?.extensions?.code
  const error: SubscriptionError = {
    message: first?.message ?? 'The server refused without a reason.',
    ...(code !== undefined && { code }),
  }
  subscription.failed(error, isRetryable(error))
  return error
}

/** Whether the fault is the server's own, not that of the query. */
export function isRetryable(error: SubscriptionError | null): boolean {
  return error?.code === 'INTERNAL'
}
