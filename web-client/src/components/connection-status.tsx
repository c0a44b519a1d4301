import { useConnection } from '../lib/live'
import type { Connection } from '../lib/transport'
import styles from './connection-status.module.css'

function wordsOf(connection: Connection): string {
  switch (connection.state) {
    case 'connecting':
      return 'Connecting …'
    case 'lost':
      return 'Reconnecting …'
    case 'live':
      return { websocket: 'Live', stream: 'Live over HTTP', polling: 'Live every few seconds' }[connection.way]
  }
}

/** Whether what is shown is the present state. */
export function ConnectionStatus() {
  const connection = useConnection()
  return (
    <p className={styles.status} data-state={connection.state}>
      <span aria-hidden className={styles.dot} />
      {wordsOf(connection)}
    </p>
  )
}
