import { CloudOff } from 'lucide-react'
import { transport, useLiveStatus } from '../lib/subscriptions'
import { serverNow, useNow } from '../lib/server-clock'
import { formatClockTime, formatDuration } from '../lib/format'
import { Button } from './button'
import styles from './stale-bar.module.css'

/** A banner while the page is not live: since when, why, and that it reconnects by itself. */
export function StaleBar() {
  const status = useLiveStatus()
  return (
    <div role="status" className={styles.place}>
      {status.state === 'stale' && (
        <div className={styles.bar}>
          <CloudOff aria-hidden size={18} />
          {status.reason === null ? (
            <>
              <p>
                <strong>Not live.</strong> The page shows the state of <Since since={status.since} />. It
                reconnects automatically.
              </p>
              <Button small onClick={() => transport.tryNow()}>
                Reconnect now
              </Button>
            </>
          ) : (
            <p>
              <strong>Not live</strong> since <Since since={status.since} />. {status.reason}
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
