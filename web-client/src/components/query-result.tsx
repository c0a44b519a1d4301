import type { ReactNode } from 'react'
import type { CombinedError } from 'urql'
import { problemOf } from '../lib/client'
import { ErrorState } from './error-state'
import styles from './query-result.module.css'
import { Loading } from './loading'
import { Page } from './page'

interface QueryResultProps<Data> {
  /** The result of useQuery. */
  result: { data?: Data | undefined; error?: CombinedError | undefined; fetching: boolean; stale: boolean }
  /** Name of the data, e.g. "Batches". */
  label: string
  onRetry: () => void
  lines?: number
  /** The data is the main content of the page. */
  page?: boolean
  /** `fetching`: another page is loading. */
  children: (data: Data, fetching: boolean) => ReactNode
}

/** Renders the data of a query, or its loading or error state. */
export function QueryResult<Data>({ result, label, onRetry, lines = 8, page = false, children }: QueryResultProps<Data>) {
  const { data, error, fetching } = result
  if (data === undefined || data === null) {
    const unread = error ? (
      <ErrorState message={problemOf(error).message} onRetry={onRetry} />
    ) : (
      <div className={styles.loading}>
        <Loading label={`Loading ${label.toLowerCase()} …`} lines={lines} />
      </div>
    )
    return page ? <Page title={label}>{unread}</Page> : unread
  }
  return (
    <>
      {error && !fetching && (
        <p role="alert" className={styles.old}>
          This is what was read before: {problemOf(error).message}
        </p>
      )}
      {children(data, fetching)}
    </>
  )
}
