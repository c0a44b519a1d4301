import type { ReactNode } from 'react'
import type { CombinedError } from 'urql'
import { problemOf } from '../lib/client'
import { ErrorState } from './error-state'
import styles from './query-result.module.css'
import { Loading } from './loading'
import { Page } from './page'

interface QueryResultProps<Data> {
  /** Of useQuery. */
  result: { data?: Data | undefined; error?: CombinedError | undefined; fetching: boolean; stale: boolean }
  /** What is read, as in "Batches". */
  label: string
  onRetry: () => void
  lines?: number
  /** It is what the whole page is of. */
  page?: boolean
  /** `fetching`: another page is on its way. */
  children: (data: Data, fetching: boolean) => ReactNode
}

/** What was asked for, once it is here; until then, or where it can't be had, that. */
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
