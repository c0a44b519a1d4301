import { useCallback, useEffect, useId, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react'
import { BulkBar } from '../../components/bulk-bar'
import { SelectBox } from '../../components/select-box'
import type { RowSelection } from '../../lib/selection'
import { formatCount } from '../../lib/format'
import { fileAfterKey } from './file-cursor'
import styles from './file-list.module.css'
import { FileRow } from './file-row'
import type { FilesStore } from './files-store'
import type { ShownFiles } from './shown-files'
import { useStoreVersion } from './use-store-version'

interface FileListProps {
  store: FilesStore
  shown: ShownFiles
  apps: string[]
  cursor: number | null
  onCursor: (file: number) => void
  onOpen: (file: number) => void
  selecting: RowSelection
  bulkActions: React.ReactNode
  empty: React.ReactNode
}

const ROW_PX = 44
const STEP_REM = { min: 3.8, max: 6.5 }
const OVERSCAN = 4 // rows rendered above and below the visible ones

/** Shows each file as a row. */
export function FileList(props: FileListProps) {
  useStoreVersion(props.store, 250)
  const total = props.shown.count
  return props.shown.none ? props.empty : <Rows {...props} total={total} />
}

/** Renders only the visible rows. */
function Rows(props: FileListProps & { total: number }) {
  const { store, shown, apps, cursor, onCursor, onOpen, selecting, total } = props
  const scroller = useRef<HTMLDivElement>(null)
  const toggle = (id: string, chosen: boolean) =>
    selecting.toggle([id], chosen, () => Array.from({ length: total }, (_, position) => store.id(shown.file(position))))
  const latestToggle = useRef(toggle)
  useEffect(() => {
    latestToggle.current = toggle
  })
  // A stable function, so that memoized rows are not rendered again.
  const choose = useCallback((id: string, chosen: boolean) => latestToggle.current(id, chosen), [])
  const [visible, setVisible] = useState({ first: 0, rows: 20 })
  const names = useId()

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    let frame = 0
    const measure = () => {
      frame = 0
      const first = Math.max(0, Math.floor(element.scrollTop / ROW_PX) - OVERSCAN)
      const rows = Math.ceil(element.clientHeight / ROW_PX) + 2 * OVERSCAN
      setVisible((current) => (current.first === first && current.rows === rows ? current : { first, rows }))
    }
    const schedule = () => {
      if (frame === 0) frame = requestAnimationFrame(measure)
    }
    const observer = new ResizeObserver(schedule)
    observer.observe(element)
    element.addEventListener('scroll', schedule, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', schedule)
      cancelAnimationFrame(frame)
    }
  }, [])

  const reveal = (file: number) => {
    const element = scroller.current
    if (!element) return
    const top = shown.positionOf(file) * ROW_PX
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + ROW_PX > element.scrollTop + element.clientHeight) element.scrollTop = top + ROW_PX - element.clientHeight
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return
    if (cursor !== null && event.key === 'Enter') onOpen(cursor)
    if (cursor !== null && event.key === ' ') {
      event.preventDefault()
      toggle(store.id(cursor), !selecting.has(store.id(cursor)))
    }
    const page = Math.max(1, visible.rows - 2 * OVERSCAN - 1)
    const file = fileAfterKey(event, cursor, shown, { across: 1, page })
    if (file === null) return
    event.preventDefault()
    reveal(file)
    onCursor(file)
  }

  const first = Math.min(visible.first, Math.max(0, total - visible.rows))
  const positions = Array.from({ length: Math.min(visible.rows, total - first) }, (_, n) => first + n)
  const cursorVisible = positions.some((position) => shown.file(position) === cursor)
  return (
    <div className={styles.list}>
      {(selecting.count === null || selecting.count > 0) && (
        <BulkBar selecting={selecting} total={{ count: total, exact: true }} actions={props.bulkActions} />
      )}
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        className={styles.scroller}
        style={{ '--steps-width': `minmax(${apps.length * STEP_REM.min}rem, ${apps.length * STEP_REM.max}rem)` } as CSSProperties}
        aria-label={`Files, ${formatCount(total)}. Space selects, Enter opens`}
        aria-multiselectable
        aria-rowcount={total + 1}
        aria-activedescendant={cursorVisible ? `${names}-${cursor ?? ''}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div role="row" aria-rowindex={1} className={styles.head}>
          <span role="columnheader">
            <SelectBox
              label="All matching files"
              checked={selecting.count === null}
              some={(selecting.count ?? 0) > 0}
              onChange={(chosen) => (chosen ? selecting.chooseAll() : selecting.clear())}
            />
          </span>
          <span role="columnheader">File</span>
          <span role="columnheader" className={styles.steps}>
            {apps.map((app, step) => (
              <span key={step} title={app}>
                {app}
              </span>
            ))}
          </span>
          <span role="columnheader">Result</span>
          <span role="columnheader" className={styles.end}>
            Ended
          </span>
        </div>
        <div role="rowgroup" className={styles.rows} style={{ height: `${total * ROW_PX}px` }}>
          {positions.map((position) => {
            const file = shown.file(position)
            const id = store.id(file)
            return (
              <FileRow
                key={position % visible.rows}
                id={`${names}-${file}`}
                store={store}
                file={file}
                version={store.changed(file)}
                apps={apps}
                position={position}
                top={position * ROW_PX}
                atCursor={file === cursor}
                chosen={selecting.has(id)}
                onCursor={onCursor}
                onChoose={choose}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}
