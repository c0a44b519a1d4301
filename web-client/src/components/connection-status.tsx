import { useLiveStatus, type LiveStatus } from '../lib/subscriptions'
import styles from './connection-status.module.css'

function statusText(status: LiveStatus): string {
  switch (status.state) {
    case 'connecting':
      return 'Connecting …'
    case 'stale':
      return status.reason === null ? 'Reconnecting …' : 'Not live'
    case 'live':
      return { websocket: 'Live', stream: 'Live over HTTP', polling: 'Updated every few seconds' }[status.transport]
  }
}

/** Whether the page shows the current state. */
export function ConnectionStatus() {
  const status = useLiveStatus()
  return (
    <p className={styles.status} data-state={status.state}>
      <span aria-hidden className={styles.dot} />
      {statusText(status)}
    </p>
  )
}
