import { CloudOff } from 'lucide-react'
import { transport, useConnection } from '../lib/live'
import { useNow } from '../lib/now'
import { clockTime, duration } from '../lib/words'
import { Button } from './button'
import styles from './stale-bar.module.css'

/** Across the page while the connection is lost: since when it shows the past, and that this mends itself. */
export function StaleBar() {
  const connection = useConnection()
  const lost = connection.state === 'lost'
  return (
    <div role="status" className={styles.place}>
      {lost && (
        <div className={styles.bar}>
          <CloudOff aria-hidden size={18} />
          <p>
            <strong>Not live.</strong> This is how things were at {clockTime(new Date(connection.since), new Date())},{' '}
            <Since since={connection.since} />. Chowda reconnects by itself.
          </p>
          <Button small onClick={() => transport.tryNow()}>
            Try now
          </Button>
        </div>
      )}
    </div>
  )
}

function Since({ since }: { since: number }) {
  const now = useNow()
  return <span aria-live="off">{duration((now - since) / 1000)} ago</span>
}
