import styles from './states.module.css'

/** Placeholder lines. They appear after a short delay. */
export function Loading({ label = 'Loading …', lines = 6 }: { label?: string; lines?: number }) {
  return (
    <div role="status" className={styles.loading}>
      <span className="unseen">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} aria-hidden style={{ width: `${92 - ((line * 23) % 40)}%` }} />
      ))}
    </div>
  )
}
