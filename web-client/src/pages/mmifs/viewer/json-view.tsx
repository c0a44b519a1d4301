import { ChevronDown, ChevronUp, ChevronsDownUp } from 'lucide-react'
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { Button } from '../../../components/button'
import { SearchField } from '../../../components/search-field'
import { useVirtualRows } from '../../../lib/virtual-rows'
import { formatCount, pluralize } from '../../../lib/format'
import { JsonRow } from './json-row'
import styles from './json-view.module.css'
import { KEPT } from './json-search'
import type { Found, Path, Row } from './mmif-document'
import type { MmifReader } from './mmif-reader'
import { FullTextDialog } from './full-text-dialog'

interface JsonViewProps {
  reader: MmifReader
  find: string
  onFind: (text: string) => void
}

const ROW_HEIGHT = 24
const SLICE_MS = 80

/** Rows from this number on, as they were after so many turns. */
interface Shown {
  turned: number
  from: number
  rows: Row[]
}

/** Those that were shown before stay the same objects, and need not be drawn again. */
function shownOf(known: Shown, next: Shown): Shown {
  if (known.turned !== next.turned) return next
  return { ...next, rows: next.rows.map((row, place) => known.rows[next.from + place - known.from] ?? row) }
}

/** The JSON itself, folded: of any length, since the worker gives the rows that are seen. */
export function JsonView({ reader, find, onFind }: JsonViewProps) {
  const [total, setTotal] = useState(0)
  const [rows, setRows] = useState<Shown>({ turned: 0, from: 0, rows: [] })
  const [active, setActive] = useState(0)
  const [whole, setWhole] = useState<Path | null>(null)
  const [turned, setTurned] = useState(0) // how often something was opened or closed
  const [target, setTarget] = useState<{ row: number } | null>(null)
  const { scroller, height, top, from, to, show, fit } = useVirtualRows(total, ROW_HEIGHT)

  useEffect(() => {
    let gone = false
    void reader.ask('rows', from, Math.max(to, 60)).then((answer) => {
      if (gone) return
      setTotal(answer.total)
      setRows((known) => shownOf(known, { turned, from, rows: answer.rows }))
    })
    return () => {
      gone = true
    }
  }, [reader, from, to, turned])

  const turn = useCallback(() => setTurned((times) => times + 1), [])
  const go = useCallback((row: number) => {
    setActive(row)
    setTarget({ row })
  }, [])
  useLayoutEffect(() => {
    if (target) show(target.row)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each, when there is room for it
  }, [target])
  const toggle = async (row: Row, isWhole: boolean) => {
    if (row.size === 0) {
      if (row.cut) setWhole(row.path)
      return
    }
    if (isWhole && !row.open) await reader.ask('openWhole', row.path)
    else await reader.ask('toggle', row.path, !row.open)
    turn()
  }

  const search = useSearch(reader, find)
  const { current } = search
  useEffect(() => {
    if (current === null) return
    let gone = false
    void reader.ask('hit', current).then((hit) => {
      if (gone || !hit) return
      setTotal(hit.total)
      turn()
      go(hit.row)
    })
    return () => {
      gone = true
    }
  }, [reader, current, find, turn, go])

  const activeRow = rows.rows[active - rows.from]
  const keys = (event: KeyboardEvent) => {
    const move = MOVES[event.key]
    if (move !== undefined) {
      event.preventDefault()
      go(Math.min(Math.max(move(active, fit), 0), total - 1))
    } else if (activeRow && ['Enter', ' ', 'ArrowRight', 'ArrowLeft', '*'].includes(event.key)) {
      event.preventDefault()
      const { open, size, path } = activeRow
      if (event.key === 'ArrowLeft' && !(open && size > 0)) {
        if (path.length > 1) void reader.ask('reveal', path.slice(0, -1)).then(({ row }) => go(row))
      } else if (event.key === 'ArrowRight' && open) go(Math.min(active + 1, total - 1))
      else void toggle(activeRow, event.key === '*')
    }
  }

  return (
    <div>
      <div className={styles.bar}>
        <SearchField label="Search keys and values" value={find} onSearch={onFind} />
        <Hits search={search} />
        <Button
          small
          kind="quiet"
          icon={<ChevronsDownUp aria-hidden size={15} />}
          className={styles.fold}
          onClick={() => {
            setActive(0)
            void reader.ask('closeAll').then(turn)
          }}
        >
          Fold all
        </Button>
      </div>
      <div
        ref={scroller}
        role="tree"
        aria-label="JSON"
        tabIndex={0}
        aria-activedescendant={activeRow ? `json-${active}` : undefined}
        className={styles.scroller}
        onKeyDown={keys}
      >
        <div role="presentation" style={{ height: height }}>
          <div
            role="presentation"
            className={styles.rows}
            style={{ transform: `translateY(${top + (rows.from - from) * ROW_HEIGHT}px)` }}
          >
            {rows.rows.map((row, place) => (
              <JsonRow
                key={rows.from + place}
                row={row}
                number={rows.from + place}
                active={rows.from + place === active}
                find={find}
                onToggle={(isWhole) => {
                  setActive(rows.from + place)
                  void toggle(row, isWhole)
                }}
              />
            ))}
          </div>
        </div>
      </div>
      <p className={styles.help}>
        {pluralize(total, 'row')}. Arrow keys move, open and fold; * opens all inside; Enter shows a long text whole.
      </p>
      {whole && <FullTextDialog reader={reader} path={whole} onClose={() => setWhole(null)} />}
    </div>
  )
}

const MOVES: Record<string, (row: number, fit: number) => number> = {
  ArrowDown: (row) => row + 1,
  ArrowUp: (row) => row - 1,
  PageDown: (row, fit) => row + fit - 2,
  PageUp: (row, fit) => row - fit + 2,
  Home: () => 0,
  End: () => Number.MAX_SAFE_INTEGER,
}

interface Searching {
  found: Found | null
  /** The hit that is shown. */
  current: number | null
  go: (by: number) => void
}

/** Searches on and on, a stretch of time at a time, so that rows are given in between. */
function useSearch(reader: MmifReader, find: string): Searching {
  const [state, setState] = useState<{ find: string; found: Found | null; current: number | null }>({
    find,
    found: null,
    current: null,
  })
  if (state.find !== find) setState({ find, found: null, current: null })
  const asked = useRef(find)
  useEffect(() => {
    asked.current = find
    if (find === '') return
    const goOn = async () => {
      let found = await reader.ask('find', find, SLICE_MS)
      while (asked.current === find) {
        const known = found
        setState((before) => ({ find, found: known, current: before.current ?? (known.count > 0 ? 0 : null) }))
        if (known.done) return
        found = await reader.ask('findOn', SLICE_MS)
      }
    }
    void goOn()
    return () => {
      asked.current = ''
    }
  }, [reader, find])
  const { found, current } = state
  return {
    found,
    current,
    go: (by) => {
      const reachable = Math.min(found?.count ?? 0, KEPT)
      if (reachable > 0) setState({ ...state, current: ((current ?? 0) + by + reachable) % reachable })
    },
  }
}

function Hits({ search: { found, current, go } }: { search: Searching }) {
  if (!found) return null
  const words =
    found.count === 0
      ? found.done
        ? 'Nothing found'
        : 'Searching …'
      : `${formatCount((current ?? 0) + 1)} of ${formatCount(found.count)}${found.done ? '' : ' …'}${found.count > KEPT ? `, of which the first ${formatCount(KEPT)} are gone through` : ''}`
  return (
    <div className={styles.hits}>
      <span role="status">{words}</span>
      {found.count > 0 && (
        <>
          <Button small kind="quiet" aria-label="Hit before" icon={<ChevronUp aria-hidden size={16} />} onClick={() => go(-1)} />
          <Button small kind="quiet" aria-label="Next hit" icon={<ChevronDown aria-hidden size={16} />} onClick={() => go(1)} />
        </>
      )}
    </div>
  )
}
