/** The client for queries and mutations. Subscriptions use transport/. */
import { cacheExchange, Client, fetchExchange, type CombinedError, type Exchange } from 'urql'
import { map, pipe, tap } from 'wonka'
import { actorHeader } from './actor'

/**
 * Replaces the data of a failed query by the data that was read before, while the query is still in use. An error must not
 * look like absent data.
 */
const keepDataOnError: Exchange = ({ forward }) => {
  const lastData = new Map<number, unknown>()
  const active = new Set<number>()
  return (operations) =>
    pipe(
      operations,
      tap(({ key, kind }) => {
        if (kind === 'query') active.add(key)
        if (kind !== 'teardown') return
        active.delete(key)
        setTimeout(() => active.has(key) || lastData.delete(key)) // a refetch tears down before it queries again
      }),
      forward,
      map((result) => {
        const { key, kind } = result.operation
        if (kind !== 'query') return result
        if (result.error) return { ...result, data: lastData.get(key) }
        lastData.set(key, result.data)
        return result
      }),
    )
}

export const client = new Client({
  url: '/graphql',
  preferGetMethod: false,
  exchanges: [keepDataOnError, cacheExchange, fetchExchange],
  requestPolicy: 'cache-and-network',
  fetchOptions: () => ({ headers: actorHeader() }),
})

export interface Problem {
  message: string
  /** Error code of the API, such as NOT_FOUND. OFFLINE if there was no response. */
  code: string
  extensions: Record<string, unknown>
}

/** Returns the error of a failed request for display. */
export function problemOf(error: CombinedError): Problem {
  const [first] = error.graphQLErrors
  if (first) {
    const { code } = first.extensions
    return { message: first.message, code: typeof code === 'string' ? code : 'INTERNAL', extensions: first.extensions }
  }
  return {
    message: 'Chowda did not respond. Try again.',
    code: 'OFFLINE',
    extensions: {},
  }
}
