/** Hooks for subscriptions. Equal subscriptions to a state share one connection. */
import type { TadaDocumentNode } from 'gql.tada'
import { print } from '@0no-co/graphql.web'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { syncClock, serverNow } from './server-clock'
import type { SubscriptionError } from './transport/subscription'
import { Transport, type TransportKind } from './transport/transport'

export const transport = new Transport(new URL('/graphql', location.href))

/** The age of data, as reported by the server. */
export interface Freshness {
  /** The time of the data on the server clock. */
  asOf: string
  /** Whether the server cannot read its database. */
  stale: boolean
}

export interface Live<Data> {
  /** The last data. Kept while the connection is lost. */
  data: Data | undefined
  /** The time since which the data may be out of date. Null: it is current. */
  staleSince: number | null
  refusal: SubscriptionError | null
  /** Whether the subscription has ended. */
  ended: boolean
  /** How often the data was stale. Events may have been missed each time. */
  gaps: number
}

const NOTHING: Live<never> = { data: undefined, staleSince: null, refusal: null, ended: false, gaps: 0 }
const SETTLED_MS = 1_500
const LINGER_MS = 1_000 // so that the next page can reuse the subscription
const DATABASE_UNAVAILABLE = 'Chowda’s database can’t be reached at the moment.'

interface SourceOptions<Data> {
  query: string
  variables: () => Record<string, unknown>
  sendsCurrentState: boolean
  /** Handles data. Returns undefined if the data has no freshness. */
  take: (data: Data) => Freshness | undefined
}

/** One subscription with its last data and its freshness. */
class Source<Data> {
  state: Live<Data> = NOTHING
  /** Why the data is stale. Null if the connection is lost. */
  reason: string | null = null
  readonly #watchers = new Set<() => void>()
  readonly #leave: () => void
  #settling: ReturnType<typeof setTimeout> | undefined

  constructor({ query, variables, sendsCurrentState, take }: SourceOptions<Data>) {
    sources.add(this)
    this.#leave = transport.subscribe({
      query,
      variables,
      sendsCurrentState,
      next: (next) => {
        const data = next as Data
        const freshness = take(data)
        if (freshness?.stale) {
          this.#markStale(serverNow(), DATABASE_UNAVAILABLE, { data, refusal: null, ended: false })
        } else {
          if (freshness) syncClock(freshness.asOf)
          this.#markCurrent({ data })
        }
      },
      lost: (since) => {
        if (!this.state.ended) this.#markStale(since, null)
      },
      connected: () => {
        // If nothing has changed, the server sends nothing, so silence counts as current.
        if (!sendsCurrentState && this.state.staleSince !== null) this.#settling = setTimeout(() => this.#markCurrent(), SETTLED_MS)
      },
      failed: (refusal, retrying) => this.#markStale(serverNow(), refusal.message, { refusal, ended: !retrying }),
      completed: () => this.#markCurrent({ ended: true }),
    })
  }

  get unwatched(): boolean {
    return this.#watchers.size === 0
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  leave(): void {
    this.#leave()
    clearTimeout(this.#settling)
    sources.delete(this)
    updateStatus()
  }

  #markStale(since: number, reason: string | null, change: Partial<Live<Data>> = {}): void {
    const { staleSince } = this.state
    this.#update(reason, { ...this.state, ...change, staleSince: staleSince ?? since })
  }

  #markCurrent(change: Partial<Live<Data>> = {}): void {
    const { staleSince, gaps } = this.state
    const current = { staleSince: null, refusal: null, ended: false, gaps: staleSince === null ? gaps : gaps + 1 }
    this.#update(null, { ...this.state, ...current, ...change })
  }

  #update(reason: string | null, state: Live<Data>): void {
    clearTimeout(this.#settling)
    this.reason = reason
    this.state = state
    for (const watcher of this.#watchers) watcher()
    updateStatus()
  }
}

// The status of all subscriptions

/** Whether the page shows the current state. */
export type LiveStatus =
  | { state: 'connecting' }
  | { state: 'live'; transport: TransportKind }
  /** Some data may be out of date. `reason`: message of the server. Null: the connection is lost. */
  | { state: 'stale'; since: number; reason: string | null }

const sources = new Set<Readonly<Pick<Source<unknown>, 'state' | 'reason'>>>()
const watchers = new Set<() => void>()
let status: LiveStatus = { state: 'connecting' }

function computeStatus(): LiveStatus {
  const { connection } = transport
  const stale = [...sources].filter(({ state }) => state.staleSince !== null)
  const lost = connection.state === 'lost'
  if (!lost && stale.length === 0) return connection
  const moments = stale.map(({ state }) => state.staleSince ?? Infinity)
  return {
    state: 'stale',
    since: Math.min(...moments, lost ? connection.since : Infinity),
    reason: lost ? null : (stale.find(({ reason }) => reason !== null)?.reason ?? null),
  }
}

function updateStatus(): void {
  const now = computeStatus()
  if (JSON.stringify(now) === JSON.stringify(status)) return
  status = now
  for (const watcher of watchers) watcher()
}

transport.watch(updateStatus)

function watchStatus(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(watchStatus, () => status)
}

/** The time since which the page may be out of date. Null: it is current. */
export function useStaleSince(): number | null {
  return useSyncExternalStore(watchStatus, () => (status.state === 'stale' ? status.since : null))
}

// State subscriptions

const shared = new Map<string, Source<unknown>>()

/** Subscribes to a state that the server sends completely on each change. `freshness`: reads the freshness of the data. */
export function useLiveState<Data, Variables extends Record<string, unknown>>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  freshness: (data: Data) => Freshness | undefined,
): Live<Data> {
  const query = printed(document)
  const key = query + JSON.stringify(variables)
  const source = useMemo(() => {
    const find = () => {
      const existing = shared.get(key) as Source<Data> | undefined
      if (existing) return existing
      const source = new Source<Data>({ query, variables: () => variables, sendsCurrentState: true, take: freshness })
      shared.set(key, source)
      return source
    }
    return {
      watch: (watcher: () => void) => {
        const unwatch = find().watch(watcher)
        return () => {
          unwatch()
          setTimeout(() => {
            const left = shared.get(key)
            if (!left?.unwatched) return
            left.leave()
            shared.delete(key)
          }, LINGER_MS)
        }
      },
      state: () => (shared.get(key) as Source<Data> | undefined)?.state ?? NOTHING,
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key covers all dependencies
  }, [key])
  return useSyncExternalStore(source.watch, source.state)
}

// Change feeds

export type FeedStatus = Pick<Live<never>, 'staleSince' | 'refusal' | 'ended'>

/**
 * Subscribes to pages of changes. `onPage` handles each page. After a lost connection the server resumes at its cursor.
 * There is no subscription while `variables` is null.
 */
export function useChangeFeed<Page, Variables extends Record<string, unknown>>(
  document: TadaDocumentNode<Page, Variables & { after?: string | null }>,
  variables: (Variables & { after?: string | null }) | null,
  onPage: (page: Page) => Freshness & { cursor: string },
): FeedStatus {
  const [status, setStatus] = useState<FeedStatus>(NOTHING)
  const take = useRef(onPage)
  useEffect(() => {
    take.current = onPage
  })
  const query = printed(document)
  const key = variables && JSON.stringify(variables)
  useEffect(() => {
    if (key === null) return
    const initial = JSON.parse(key) as Variables & { after?: string | null }
    let cursor = initial.after ?? null
    const source = new Source<Page>({
      query,
      variables: () => (cursor === null ? initial : { ...initial, after: cursor }),
      sendsCurrentState: false,
      take: (page) => {
        const freshness = take.current(page)
        cursor = freshness.cursor
        return freshness
      },
    })
    source.watch(() => {
      const { staleSince, refusal, ended } = source.state
      setStatus((current) =>
        current.staleSince === staleSince && current.refusal === refusal && current.ended === ended
          ? current
          : { staleSince, refusal, ended },
      )
    })
    return () => {
      source.leave()
      setStatus(NOTHING)
    }
  }, [query, key])
  return status
}

const texts = new WeakMap<object, string>()

function printed(document: Parameters<typeof print>[0]): string {
  const known = texts.get(document)
  if (known !== undefined) return known
  const text = print(document)
  texts.set(document, text)
  return text
}
