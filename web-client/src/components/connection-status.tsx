import { useStanding, type Standing } from '../lib/live'
import styles from './connection-status.module.css'

function wordsOf(standing: Standing): string {
  switch (standing.state) {
    case 'connecting':
      return 'Connecting …'
    case 'stale':
      return standing.reason === null ? 'Reconnecting …' : 'Not live'
    case 'live':
      return { websocket: 'Live', stream: 'Live over HTTP', polling: 'Live every few seconds' }[standing.way]
  }
}

/** Whether what is shown is the present state. */
export function ConnectionStatus() {
  const standing = useStanding()
  return (
    <p className={styles.status} data-state={standing.state}>
      <span aria-hidden className={styles.dot} />
      {wordsOf(standing)}
    </p>
  )
}
