import { Link } from '@tanstack/react-router'
import { RotateCcw } from 'lucide-react'
import { Button } from '../../components/button'
import { StatusChip } from '../../components/status-chip'
import { useStaleSince } from '../../lib/subscriptions'
import type { FilesStore } from './files-store'
import { describeStep } from './step-description'
import styles from './file-panel.module.css'
import { StateMark } from './state-mark'
import { useStoreVersion } from './use-store-version'

interface FilePanelProps {
  store: FilesStore
  file: number | null
  apps: string[]
  onRetry: (id: string) => void
}

/** Details of the focused file. */
export function FilePanel({ store, file, apps, onRetry }: FilePanelProps) {
  useStoreVersion(store, 250)
  const stale = useStaleSince() !== null
  if (file === null) {
    return (
      <p className={styles.hint}>
        Point at a tile to see its file. Click the tile to select the file. Use the arrow keys to move, and Enter to open a file.
      </p>
    )
  }
  const failure = store.failure(file)
  const status = store.status(file)
  return (
    <div className={styles.panel} role="region" aria-label="Selected file">
      <div className={styles.name}>
        <Link to="/pipeline-runs/$id" params={{ id: store.id(file) }}>
          {store.guid(file)}
        </Link>
        <StatusChip status={status} still={stale} />
        {store.isPaused(file) && <StatusChip status="PAUSED" still />}
      </div>
      <ol className={styles.steps}>
        {apps.map((app, step) => (
          <li key={step}>
            <StateMark state={store.cell(file, step)} />
            {app}: {describeStep(store, file, step)}
          </li>
        ))}
      </ol>
      {failure && <p className={styles.message}>{failure.message}</p>}
      {(status === 'FAILED' || status === 'CANCELED') && (
        <Button
          small
          icon={<RotateCcw aria-hidden size={15} />}
          disabled={stale}
          onClick={() => onRetry(store.id(file))}
        >
          Retry …
        </Button>
      )}
    </div>
  )
}
