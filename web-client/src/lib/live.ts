/** What is live, as hooks. Two that ask for the same share one subscription. */
import type { TadaDocumentNode } from 'gql.tada'
import { print } from '@0no-co/graphql.web'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Transport, type Connection, type Refusal } from './transport'

export const transport = new Transport(new URL('/graphql', location.href))

export function useConnection(): Connection {
  return useSyncExternalStore(transport.watch, () => transport.connection)
}

export interface Live<Data> {
  /** The last that was heard; stays while the connection is lost. */
  data: Data | undefined
  /** It is not known to be the present state any more: as of this moment. Null: it is. */
  staleSince: number | null
  refusal: Refusal | null
  /** There is nothing more to come. */
  ended: boolean
}

const NOTHING: Live<never> = { data: undefined, staleSince: null, refusal: null, ended: false }
const SETTLED_MS = 1_500
const LINGER_MS = 1_000 // from one page to the next with the same question

/** One subscription with those who look at it. */
class Shared<Data> {
  state: Live<Data> = NOTHING
  readonly #watchers = new Set<() => void>()
  readonly #leave: () => void
  readonly #unwatch: () => void

  constructor(query: string, variables: Record<string, unknown>, staleSince: (data: Data) => number | null) {
    this.#unwatch = transport.watch(() => {
      const { connection } = transport
      if (connection.state === 'lost' && !this.state.ended && this.state.staleSince === null) {
        this.#become({ ...this.state, staleSince: connection.since })
      }
    })
    this.#leave = transport.subscribe({
      query,
      variables: () => variables,
      next: (data) => {
        const known = data as Data
        this.#become({ data: known, staleSince: staleSince(known), refusal: null, ended: false })
      },
      refused: (refusal) => this.#become({ ...this.state, refusal, ended: true }),
      completed: () => this.#become({ ...this.state, ended: true, staleSince: null }),
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
    this.#unwatch()
  }

  #become(state: Live<Data>): void {
    this.state = state
    for (const watcher of this.#watchers) watcher()
  }
}

const shared = new Map<string, Shared<unknown>>()

/** A state that the server tells whole, each time that it changes. `staleSince`: what the server itself says of it. */
export function useLive<Data, Variables extends Record<string, unknown>>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  staleSince: (data: Data) => number | null = () => null,
): Live<Data> {
  const query = printed(document)
  const key = query + JSON.stringify(variables)
  const source = useMemo(() => {
    const find = () => {
      const found = shared.get(key) as Shared<Data> | undefined
      if (found) return found
      const made = new Shared<Data>(query, variables, staleSince)
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
      state: () => (shared.get(key) as Shared<Data> | undefined)?.state ?? NOTHING,
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says all that matters
  }, [key])
  return useSyncExternalStore(source.watch, source.state)
}

export interface FeedStatus {
  staleSince: number | null
  refusal: Refusal | null
  ended: boolean
}

/**
 * Changes in pages with a cursor. `onPage` takes each page in and gives its cursor: after a lost connection the server
 * goes on from there. Nothing is subscribed to while `variables` is null.
 */
export function useFeed<Page, Variables extends Record<string, unknown>>(
  document: TadaDocumentNode<Page, Variables & { after?: string | null }>,
  variables: (Variables & { after?: string | null }) | null,
  onPage: (page: Page) => { cursor: string; staleSince: number | null },
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
    const leave = transport.subscribe({
      query,
      variables: () => (cursor === null ? asked : { ...asked, after: cursor }),
      next: (data) => {
        const page = take.current(data as Page)
        cursor = page.cursor
        setStatus((known) =>
          known.staleSince === page.staleSince && known.refusal === null && !known.ended
            ? known
            : { staleSince: page.staleSince, refusal: null, ended: false },
        )
      },
      refused: (refusal) => setStatus((known) => ({ ...known, refusal, ended: true })),
      completed: () => setStatus((known) => ({ ...known, staleSince: null, ended: true })),
    })
    let settling: ReturnType<typeof setTimeout> | undefined
    const unwatch = transport.watch(() => {
      const { connection } = transport
      clearTimeout(settling)
      if (connection.state === 'lost') {
        setStatus((known) => (known.ended ? known : { ...known, staleSince: connection.since }))
      } else {
        // Where nothing has changed meanwhile, no page comes that would say so.
        settling = setTimeout(() => setStatus((known) => ({ ...known, staleSince: null })), SETTLED_MS)
      }
    })
    return () => {
      leave()
      unwatch()
      clearTimeout(settling)
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
