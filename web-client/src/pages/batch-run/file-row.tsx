import { Link } from '@tanstack/react-router'
import { memo } from 'react'
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
  /** With which it changed last: the row is drawn anew when it has. */
  version: number
  apps: string[]
  place: number
  top: number
  atCursor: boolean
  chosen: boolean
  onCursor: (file: number) => void
  onChoose: (id: string, chosen: boolean) => void
}

export const FileRow = memo(
  function FileRow({ id, store, file, apps, place, top, atCursor, chosen, onCursor, onChoose }: FileRowProps) {
    const guid = store.guid(file)
    const failure = store.failure(file)
    const endedAt = store.endedAt(file)
    return (
      <div
        role="row"
        id={id}
        aria-rowindex={place + 2}
        aria-selected={chosen}
        className={[styles.row, atCursor && styles.atCursor, chosen && styles.chosen].filter(Boolean).join(' ')}
        style={{ transform: `translateY(${top}px)` }}
        onClick={() => onCursor(file)}
      >
        <span role="gridcell" className={styles.box}>
          <SelectBox label={guid} checked={chosen} onChange={(now) => onChoose(store.id(file), now)} tabIndex={-1} />
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
              <code>{failure.code}</code> <span title={failure.message}>{failure.message}</span>
            </>
          )}
          {store.isPaused(file) && <span className={styles.paused}>Paused by itself</span>}
        </span>
        <span role="gridcell" className={styles.end}>
          {endedAt !== null && <Ended at={new Date(endedAt)} />}
        </span>
      </div>
    )
  },
  (before, now) =>
    before.version === now.version &&
    before.file === now.file &&
    before.place === now.place &&
    before.atCursor === now.atCursor &&
    before.chosen === now.chosen &&
    before.apps === now.apps,
)

/** At a fixed time; the exact one is worked out when it is pointed at: rows come and go with every turn of the wheel. */
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
