import { CloudOff } from 'lucide-react'
import { transport, useLiveStatus } from '../lib/subscriptions'
import { serverNow, useNow } from '../lib/server-clock'
import { formatClockTime, formatDuration } from '../lib/format'
import { Button } from './button'
import styles from './stale-bar.module.css'

/** Across the page while it is not live: since when it shows the past, why, and that this mends itself. */
export function StaleBar() {
  const standing = useLiveStatus()
  return (
    <div role="status" className={styles.place}>
      {standing.state === 'stale' && (
        <div className={styles.bar}>
          <CloudOff aria-hidden size={18} />
          {standing.reason === null ? (
            <>
              <p>
                <strong>Not live.</strong> This is how things were at <Since since={standing.since} />. Chowda
                reconnects by itself.
              </p>
              <Button small onClick={() => transport.tryNow()}>
                Try now
              </Button>
            </>
          ) : (
            <p>
              <strong>Not live</strong> since <Since since={standing.since} />. {standing.reason}
            </p>
          )}
        </div>
      )}
    </div>
  )
}

function Since({ since }: { since: number }) {
  const now = useNow()
  return (
    <>
      {formatClockTime(new Date(since), new Date(serverNow()))},{' '}
      <span aria-live="off">{formatDuration((now - since) / 1000)} ago</span>
    </>
  )
}
