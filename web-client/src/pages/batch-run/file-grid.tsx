import { Minus, Plus, Scan } from 'lucide-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { Button } from '../../components/button'
import { pluralize } from '../../lib/format'
import { fileAfterKey } from './file-cursor'
import styles from './file-grid.module.css'
import { FileTooltip, type TooltipTarget } from './file-tooltip'
import { FocusedRow } from './focused-row'
import type { FilesStore } from './files-store'
import { Legend } from './legend'
import type { ShownFiles } from './shown-files'
import { useStoreVersion } from './use-store-version'
import { TILE_SIZES } from './tile-layout'
import { TileView } from './tile-view'

interface FileGridProps {
  store: FilesStore
  shown: ShownFiles
  /** Number of files when all are loaded. */
  expected: number
  apps: string[]
  cursor: number | null
  onCursor: (file: number) => void
  onOpen: (file: number) => void
  /** Shown if no file matches the filter. */
  empty: ReactNode
}

/** Shows each file as a column of tiles, one per step. */
export function FileGrid(props: FileGridProps) {
  useStoreVersion(props.store, 500) // keeps the accessible count current
  return props.shown.none ? props.empty : <Tiles {...props} />
}

function Tiles({ store, shown, expected, apps, cursor, onCursor, onOpen }: FileGridProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const sheet = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const view = useRef<TileView>(null)
  const [tile, setTile] = useState<number | null>(null)
  const [tip, setTip] = useState<TooltipTarget | null>(null)
  const row = useId()

  useEffect(() => {
    if (!scroller.current || !sheet.current || !canvas.current || !frame.current) return
    const parts = { scroller: scroller.current, sheet: sheet.current, canvas: canvas.current, cursor: frame.current }
    const tileView = new TileView(parts, store)
    view.current = tileView
    return () => tileView.stop()
  }, [store])

  useEffect(() => view.current?.show({ shown, expected, tile }), [store, shown, expected, tile])
  useEffect(() => view.current?.setCursor(cursor, false), [store, cursor])

  const moveTo = (file: number) => {
    view.current?.setCursor(file, true)
    onCursor(file)
  }
  const resize = (by: -1 | 1) => {
    const position = TILE_SIZES.findIndex((size) => size === (view.current?.tile ?? 0))
    setTile(TILE_SIZES[Math.max(0, Math.min(TILE_SIZES.length - 1, position + by))] ?? null)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && cursor !== null) onOpen(cursor)
    if (event.key === '+' || event.key === '-') resize(event.key === '+' ? 1 : -1)
    const file = fileAfterKey(event, cursor, shown, {
      across: view.current?.perBand ?? 1,
      page: view.current?.visibleBands ?? 1,
    })
    if (file === null) return
    event.preventDefault()
    setTip(null)
    moveTo(file)
  }
  const fileUnder = (event: PointerEvent | React.MouseEvent) => {
    const position = view.current?.positionUnder(event.clientX, event.clientY) ?? null
    return position === null ? null : shown.file(position)
  }
  const onPointerMove = (event: PointerEvent) => {
    const file = fileUnder(event)
    if (file === (tip?.file ?? null)) return
    setTip(file === null ? null : { file, x: event.clientX, y: event.clientY })
  }

  return (
    <div className={styles.grid}>
      <div className={styles.bar}>
        <Legend apps={apps} />
        <div role="group" aria-label="Tile size" className={styles.zoom}>
          <Button small kind="quiet" aria-label="Smaller" icon={<Minus aria-hidden size={16} />} onClick={() => resize(-1)} />
          <Button small kind="quiet" aria-label="Larger" icon={<Plus aria-hidden size={16} />} onClick={() => resize(1)} />
          <Button small kind="quiet" icon={<Scan aria-hidden size={15} />} onClick={() => setTile(null)} disabled={tile === null}>
            Fit
          </Button>
        </div>
      </div>
      <div
        ref={scroller}
        className={styles.scroller}
        role="grid"
        tabIndex={0}
        aria-label={`Steps of ${pluralize(shown.count, 'file')}`}
        aria-rowcount={Math.max(shown.count, 1)}
        aria-colcount={apps.length + 1}
        aria-activedescendant={cursor === null ? undefined : row}
        onKeyDown={onKeyDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setTip(null)}
        onScroll={() => tip && setTip(null)}
        onClick={(event) => {
          const file = fileUnder(event)
          if (file !== null) moveTo(file)
        }}
        onDoubleClick={(event) => {
          const file = fileUnder(event)
          if (file !== null) onOpen(file)
        }}
      >
        <div ref={sheet} className={styles.sheet}>
          <canvas ref={canvas} aria-hidden className={styles.canvas} />
          <div ref={frame} aria-hidden hidden className={styles.cursor} />
          <FocusedRow id={row} store={store} shown={shown} file={cursor} apps={apps} />
        </div>
      </div>
      {tip && <FileTooltip store={store} tip={tip} apps={apps} />}
    </div>
  )
}
