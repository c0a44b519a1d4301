import { formatCount } from '../lib/format'
import { ProgressBar } from './progress-bar'
import styles from './slot-bar.module.css'

/** More than these are drawn as one bar. */
const DRAWN = 16

interface SlotBarProps {
  name: string
  load: { slots: number; taken: number }
  stale: boolean
}

/** How many of an app's calls are in hand, of those that it may have at once. */
export function SlotBar({ name, load: { slots, taken }, stale }: SlotBarProps) {
  const drawn = Math.max(slots, taken)
  return (
    <span className={stale ? `${styles.slots ?? ''} ${styles.stale ?? ''}` : styles.slots}>
      {drawn > DRAWN ? (
        <span className={styles.many}>
          <ProgressBar label={`Slots of ${name} that are taken`} percent={Math.min(100, (100 * taken) / slots)} />
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
