import { useLiveStatus, type LiveStatus } from '../lib/subscriptions'
import styles from './connection-status.module.css'

function wordsOf(standing: LiveStatus): string {
  switch (standing.state) {
    case 'connecting':
      return 'Connecting …'
    case 'stale':
      return standing.reason === null ? 'Reconnecting …' : 'Not live'
    case 'live':
      return { websocket: 'Live', stream: 'Live over HTTP', polling: 'Live every few seconds' }[standing.transport]
  }
}

/** Whether what is shown is the present state. */
export function ConnectionStatus() {
  const standing = useLiveStatus()
  return (
    <p className={styles.status} data-state={standing.state}>
      <span aria-hidden className={styles.dot} />
      {wordsOf(standing)}
    </p>
  )
}
