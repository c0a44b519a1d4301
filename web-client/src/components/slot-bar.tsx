import { formatCount } from '../lib/format'
import { ProgressBar } from './progress-bar'
import styles from './slot-bar.module.css'

/** More slots than this are drawn as one bar. */
const DRAWN_LIMIT = 16

interface SlotBarProps {
  name: string
  load: { slots: number; taken: number }
  stale: boolean
}

/** The running calls of an app, out of its maximum. */
export function SlotBar({ name, load: { slots, taken }, stale }: SlotBarProps) {
  const drawn = Math.max(slots, taken)
  return (
    <span className={stale ? `${styles.slots ?? ''} ${styles.stale ?? ''}` : styles.slots}>
      {drawn > DRAWN_LIMIT ? (
        <span className={styles.many}>
          <ProgressBar label={`Running calls of ${name}`} percent={Math.min(100, (100 * taken) / slots)} />
        </span>
      ) : (
        <span aria-hidden className={styles.bar}>
          {Array.from({ length: drawn }, (_, slot) => (
            <span key={slot} className={slot >= taken ? undefined : slot < slots ? styles.taken : styles.beyond} />
          ))}
        </span>
      )}
      {formatCount(taken)} of {formatCount(slots)}
    </span>
  )
}
