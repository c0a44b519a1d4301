import type { FilesStore } from './files-store'
import { describeStep } from './step-description'
import styles from './file-tooltip.module.css'
import { StateMark } from './state-mark'
import { useStoreVersion } from './use-store-version'

export interface TooltipTarget {
  file: number
  /** Pointer position. */
  x: number
  y: number
}

/** Describes the file under the pointer. */
export function FileTooltip({ store, tip: { file, x, y }, apps }: { store: FilesStore; tip: TooltipTarget; apps: string[] }) {
  useStoreVersion(store, 250)
  const failure = store.failure(file)
  const onTheRight = x > window.innerWidth - 340
  return (
    <div
      className={styles.tip}
      aria-hidden
      style={{
        top: `${Math.min(y + 16, window.innerHeight - 60 - apps.length * 24)}px`,
        ...(onTheRight ? { right: `${window.innerWidth - x + 12}px` } : { left: `${x + 14}px` }),
      }}
    >
      <p className={styles.guid}>{store.guid(file)}</p>
      <ul>
        {apps.map((app, step) => (
          <li key={step}>
            <StateMark state={store.cell(file, step)} />
            <span>{app}</span>
            <span className={styles.words}>{describeStep(store, file, step)}</span>
          </li>
        ))}
      </ul>
      {failure && <p className={styles.message}>{failure.message}</p>}
    </div>
  )
}
