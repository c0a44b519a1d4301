import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { ErrorCode } from '../../components/error-code'
import { SelectBox } from '../../components/select-box'
import { formatClockTime, formatExactTime } from '../../lib/format'
import { describeStep } from './step-description'
import styles from './file-list.module.css'
import type { FilesStore } from './files-store'
import { StepCell } from './step-cell'

interface FileRowProps {
  id: string
  store: FilesStore
  file: number
  /** The store version of the last change: a new one renders the row again. */
  version: number
  apps: string[]
  position: number
  top: number
  atCursor: boolean
  chosen: boolean
  onCursor: (file: number) => void
  onChoose: (id: string, chosen: boolean) => void
}

export const FileRow = memo(
  function FileRow({ id, store, file, apps, position, top, atCursor, chosen, onCursor, onChoose }: FileRowProps) {
    const guid = store.guid(file)
    const failure = store.failure(file)
    const endedAt = store.endedAt(file)
    return (
      <div
        role="row"
        id={id}
        aria-rowindex={position + 2}
        aria-selected={chosen}
        className={[styles.row, atCursor && styles.atCursor, chosen && styles.chosen].filter(Boolean).join(' ')}
        style={{ transform: `translateY(${top}px)` }}
        onClick={() => onCursor(file)}
      >
        <span role="gridcell" className={styles.box}>
          <SelectBox label={guid} checked={chosen} onChange={(checked) => onChoose(store.id(file), checked)} tabIndex={-1} />
        </span>
        <span role="rowheader" className={styles.guid}>
          <Link to="/pipeline-runs/$id" params={{ id: store.id(file) }} tabIndex={-1} title={guid}>
            {guid}
          </Link>
        </span>
        <span role="gridcell" className={styles.steps}>
          {apps.map((app, step) => (
            <StepCell
              key={step}
              state={store.cell(file, step)}
              percent={store.percent(file, step)}
              words={`${app}: ${describeStep(store, file, step)}`}
            />
          ))}
        </span>
        <span role="gridcell" className={styles.outcome}>
          {failure && (
            <>
              <ErrorCode code={failure.code} /> <span title={failure.message}>{failure.message}</span>
            </>
          )}
          {store.isPaused(file) && <span className={styles.paused}>Paused</span>}
        </span>
        <span role="gridcell" className={styles.end}>
          {endedAt !== null && <Ended at={new Date(endedAt)} />}
        </span>
      </div>
    )
  },
  (before, after) =>
    before.version === after.version &&
    before.file === after.file &&
    before.position === after.position &&
    before.atCursor === after.atCursor &&
    before.chosen === after.chosen &&
    before.apps === after.apps,
)

/** The clock time. The exact time is formatted only on hover, because scrolling renders many rows. */
function Ended({ at }: { at: Date }) {
  return (
    <time
      dateTime={at.toISOString()}
      onPointerEnter={(event) => {
        event.currentTarget.title = formatExactTime(at)
      }}
    >
      {formatClockTime(at, new Date())}
    </time>
  )
}
