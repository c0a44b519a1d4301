/** Queries and mutations. What is live goes through transport.ts. */
import { cacheExchange, Client, fetchExchange, type CombinedError, type Exchange } from 'urql'
import { map, pipe, tap } from 'wonka'
import { actorHeader } from './actor'

/**
 * What can't be read is not what is not there: in place of an answer with holes stands what was read before, if it is
 * still looked at.
 */
const wholeAnswers: Exchange = ({ forward }) => {
  const read = new Map<number, unknown>()
  const looked = new Set<number>()
  return (operations) =>
    pipe(
      operations,
      tap(({ key, kind }) => {
        if (kind === 'query') looked.add(key)
        if (kind !== 'teardown') return
        looked.delete(key)
        setTimeout(() => looked.has(key) || read.delete(key)) // who asks again leaves first
      }),
      forward,
      map((result) => {
        const { key, kind } = result.operation
        if (kind !== 'query') return result
        if (result.error) return { ...result, data: read.get(key) }
        read.set(key, result.data)
        return result
      }),
    )
}

export const client = new Client({
  url: '/graphql',
  preferGetMethod: false,
  exchanges: [wholeAnswers, cacheExchange, fetchExchange],
  requestPolicy: 'cache-and-network',
  fetchOptions: () => ({ headers: actorHeader() }),
})

export interface Problem {
  message: string
  /** As in the API, e.g. NOT_FOUND; OFFLINE where there was no answer. */
  code: string
  extensions: Record<string, unknown>
}

/** What a person is told of a request that failed. */
export function problemOf(error: CombinedError): Problem {
  const [first] = error.graphQLErrors
  if (first) {
    const { code } = first.extensions
    return { message: first.message, code: typeof code === 'string' ? code : 'INTERNAL', extensions: first.extensions }
  }
  return {
    message: 'Chowda did not answer. It is tried again as soon as you ask for it.',
    code: 'OFFLINE',
    extensions: {},
  }
}
