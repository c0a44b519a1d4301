import type { ReactNode } from 'react'
import type { CombinedError } from 'urql'
import { problemOf } from '../lib/client'
import { Failure } from './failure'
import styles from './fetched.module.css'
import { Loading } from './loading'

interface FetchedProps<Data> {
  /** Of useQuery. */
  result: { data?: Data | undefined; error?: CombinedError | undefined; fetching: boolean; stale: boolean }
  /** What is read, as in "Batches". */
  label: string
  onRetry: () => void
  lines?: number
  /** `fetching`: another page is on its way. */
  children: (data: Data, fetching: boolean) => ReactNode
}

/** What was asked for, once it is here; until then, or where it can't be had, that. */
export function Fetched<Data>({ result, label, onRetry, lines = 8, children }: FetchedProps<Data>) {
  const { data, error, fetching } = result
  if (data === undefined || data === null) {
    if (error) return <Failure message={problemOf(error).message} onRetry={onRetry} />
    return (
      <div className={styles.loading}>
        <Loading label={`Loading ${label.toLowerCase()} …`} lines={lines} />
      </div>
    )
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
