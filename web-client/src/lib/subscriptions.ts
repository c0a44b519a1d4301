/** What is live, as hooks. Two that ask for the same share one subscription. */
import type { TadaDocumentNode } from 'gql.tada'
import { print } from '@0no-co/graphql.web'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { syncClock, serverNow } from './server-clock'
import type { SubscriptionError } from './transport/subscription'
import { Transport, type TransportKind } from './transport/transport'

export const transport = new Transport(new URL('/graphql', location.href))

/** What the server itself says of what it tells. */
export interface Freshness {
  /** When it was so, by the server's clock. */
  asOf: string
  /** The server can't read its database just now. */
  stale: boolean
}

export interface Live<Data> {
  /** The last that was heard; stays while nothing is heard. */
  data: Data | undefined
  /** It is not known to be the present state any more: as of this moment. Null: it is. */
  staleSince: number | null
  refusal: SubscriptionError | null
  /** There is nothing more to come. */
  ended: boolean
  /** How often it was stale: each time there may have been what is not told afterwards. */
  gaps: number
}

const NOTHING: Live<never> = { data: undefined, staleSince: null, refusal: null, ended: false, gaps: 0 }
const SETTLED_MS = 1_500
const LINGER_MS = 1_000 // from one page to the next with the same question
const DATABASE_AWAY = 'Chowda’s database can’t be reached just now.'

interface Question<Data> {
  query: string
  variables: () => Record<string, unknown>
  sendsCurrentState: boolean
  /** Takes in what came. Undefined: there is nothing in it of which the server could say how it is. */
  take: (data: Data) => Freshness | undefined
}

/** One subscription, what it told last, and whether that is still so. */
class Source<Data> {
  state: Live<Data> = NOTHING
  /** Why it is stale, where the server can be heard. */
  reason: string | null = null
  readonly #watchers = new Set<() => void>()
  readonly #leave: () => void
  #settling: ReturnType<typeof setTimeout> | undefined

  constructor({ query, variables, sendsCurrentState, take }: Question<Data>) {
    sources.add(this)
    this.#leave = transport.subscribe({
      query,
      variables,
      sendsCurrentState,
      next: (next) => {
        const data = next as Data
        const told = take(data)
        if (told?.stale) {
          this.#doubt(serverNow(), DATABASE_AWAY, { data, refusal: null, ended: false })
        } else {
          if (told) syncClock(told.asOf)
          this.#trust({ data })
        }
      },
      lost: (since) => {
        if (!this.state.ended) this.#doubt(since, null)
      },
      connected: () => {
        // Where nothing has changed meanwhile, nothing comes that would say so.
        if (!sendsCurrentState && this.state.staleSince !== null) this.#settling = setTimeout(() => this.#trust(), SETTLED_MS)
      },
      failed: (refusal, retrying) => this.#doubt(serverNow(), refusal.message, { refusal, ended: !retrying }),
      completed: () => this.#trust({ ended: true }),
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
    reckon()
  }

  #doubt(since: number, reason: string | null, change: Partial<Live<Data>> = {}): void {
    const { staleSince } = this.state
    this.#become(reason, { ...this.state, ...change, staleSince: staleSince ?? since })
  }

  #trust(change: Partial<Live<Data>> = {}): void {
    const { staleSince, gaps } = this.state
    const known = { staleSince: null, refusal: null, ended: false, gaps: staleSince === null ? gaps : gaps + 1 }
    this.#become(null, { ...this.state, ...known, ...change })
  }

  #become(reason: string | null, state: Live<Data>): void {
    clearTimeout(this.#settling)
    this.reason = reason
    this.state = state
    for (const watcher of this.#watchers) watcher()
    reckon()
  }
}

// How it stands with all of it

/** Whether what is shown is the present state. */
export type LiveStatus =
  | { state: 'connecting' }
  | { state: 'live'; transport: TransportKind }
  /** Some of it is not known to be so any more. `reason`: in the server's words; null: it can't be heard. */
  | { state: 'stale'; since: number; reason: string | null }

const sources = new Set<Readonly<Pick<Source<unknown>, 'state' | 'reason'>>>()
const watchers = new Set<() => void>()
let standing: LiveStatus = { state: 'connecting' }

function found(): LiveStatus {
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

function reckon(): void {
  const now = found()
  if (JSON.stringify(now) === JSON.stringify(standing)) return
  standing = now
  for (const watcher of watchers) watcher()
}

transport.watch(reckon)

function watchStanding(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(watchStanding, () => standing)
}

/** As of when the page is; null: it is as things are. */
export function useStaleSince(): number | null {
  return useSyncExternalStore(watchStanding, () => (standing.state === 'stale' ? standing.since : null))
}

// A state

const shared = new Map<string, Source<unknown>>()

/** A state that the server tells whole, each time that it changes. `told`: what the server itself says of it. */
export function useLiveState<Data, Variables extends Record<string, unknown>>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  told: (data: Data) => Freshness | undefined,
): Live<Data> {
  const query = printed(document)
  const key = query + JSON.stringify(variables)
  const source = useMemo(() => {
    const find = () => {
      const known = shared.get(key) as Source<Data> | undefined
      if (known) return known
      const made = new Source<Data>({ query, variables: () => variables, sendsCurrentState: true, take: told })
      shared.set(key, made)
      return made
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
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says all that matters
  }, [key])
  return useSyncExternalStore(source.watch, source.state)
}

// Changes

export type FeedStatus = Pick<Live<never>, 'staleSince' | 'refusal' | 'ended'>

/**
 * Changes in pages with a cursor. `onPage` takes each page in: after a lost connection the server goes on from its
 * cursor. Nothing is subscribed to while `variables` is null.
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
    const asked = JSON.parse(key) as Variables & { after?: string | null }
    let cursor = asked.after ?? null
    const source = new Source<Page>({
      query,
      variables: () => (cursor === null ? asked : { ...asked, after: cursor }),
      sendsCurrentState: false,
      take: (page) => {
        const told = take.current(page)
        cursor = told.cursor
        return told
      },
    })
    source.watch(() => {
      const { staleSince, refusal, ended } = source.state
      setStatus((known) =>
        known.staleSince === staleSince && known.refusal === refusal && known.ended === ended
          ? known
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
