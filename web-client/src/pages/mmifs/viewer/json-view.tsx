import { ChevronDown, ChevronUp, ChevronsDownUp } from 'lucide-react'
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { Button } from '../../../components/button'
import { SearchField } from '../../../components/search-field'
import { useVirtualRows } from '../../../lib/virtual-rows'
import { formatCount, pluralize } from '../../../lib/format'
import { JsonRow } from './json-row'
import styles from './json-view.module.css'
import { MAX_MATCHES } from './json-search'
import type { Path, Row, SearchProgress } from './mmif-document'
import type { MmifReader } from './mmif-reader'
import { FullTextDialog } from './full-text-dialog'

interface JsonViewProps {
  reader: MmifReader
  find: string
  onFind: (text: string) => void
}

const ROW_HEIGHT = 24
const SLICE_MS = 80

/** Loaded rows, starting with the number `from`. */
interface LoadedRows {
  /** The revision of the tree that they show. */
  revision: number
  from: number
  rows: Row[]
}

/** Keeps the objects of rows that were loaded before, so that React does not render them again. */
function reuseRows(loaded: LoadedRows, next: LoadedRows): LoadedRows {
  if (loaded.revision !== next.revision) return next
  return { ...next, rows: next.rows.map((row, index) => loaded.rows[next.from + index - loaded.from] ?? row) }
}

/** The JSON as a tree. The worker sends only the visible rows, so the JSON can have any length. */
export function JsonView({ reader, find, onFind }: JsonViewProps) {
  const [total, setTotal] = useState(0)
  const [rows, setRows] = useState<LoadedRows>({ revision: 0, from: 0, rows: [] })
  const [active, setActive] = useState(0)
  const [fullTextPath, setFullTextPath] = useState<Path | null>(null)
  const [revision, setRevision] = useState(0) // counts changes of expanded rows
  const [target, setTarget] = useState<{ row: number } | null>(null)
  const { scroller, height, top, from, to, show, fit } = useVirtualRows(total, ROW_HEIGHT)

  useEffect(() => {
    let canceled = false
    void reader.call('rows', from, Math.max(to, 60)).then((answer) => {
      if (canceled) return
      setTotal(answer.total)
      setRows((loaded) => reuseRows(loaded, { revision, from, rows: answer.rows }))
    })
    return () => {
      canceled = true
    }
  }, [reader, from, to, revision])

  const reload = useCallback(() => setRevision((current) => current + 1), [])
  const go = useCallback((row: number) => {
    setActive(row)
    setTarget({ row })
  }, [])
  useLayoutEffect(() => {
    if (target) show(target.row)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- scrolls once for each target
  }, [target])
  const toggle = async (row: Row, all: boolean) => {
    if (row.size === 0) {
      if (row.cut) setFullTextPath(row.path)
      return
    }
    if (all && !row.open) await reader.call('expandAll', row.path)
    else await reader.call('toggle', row.path, !row.open)
    reload()
  }

  const search = useSearch(reader, find)
  const { current } = search
  useEffect(() => {
    if (current === null) return
    let canceled = false
    void reader.call('match', current).then((match) => {
      if (canceled || !match) return
      setTotal(match.total)
      reload()
      go(match.row)
    })
    return () => {
      canceled = true
    }
  }, [reader, current, find, reload, go])

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
        if (path.length > 1) void reader.call('reveal', path.slice(0, -1)).then(({ row }) => go(row))
      } else if (event.key === 'ArrowRight' && open) go(Math.min(active + 1, total - 1))
      else void toggle(activeRow, event.key === '*')
    }
  }

  return (
    <div>
      <div className={styles.bar}>
        <SearchField label="Search keys and values" value={find} onSearch={onFind} />
        <MatchNavigation search={search} />
        <Button
          small
          kind="quiet"
          icon={<ChevronsDownUp aria-hidden size={15} />}
          className={styles.collapse}
          onClick={() => {
            setActive(0)
            void reader.call('collapseAll').then(reload)
          }}
        >
          Collapse all
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
        <div role="presentation" style={{ height }}>
          <div
            role="presentation"
            className={styles.rows}
            style={{ transform: `translateY(${top + (rows.from - from) * ROW_HEIGHT}px)` }}
          >
            {rows.rows.map((row, index) => (
              <JsonRow
                key={rows.from + index}
                row={row}
                number={rows.from + index}
                active={rows.from + index === active}
                find={find}
                onToggle={(all) => {
                  setActive(rows.from + index)
                  void toggle(row, all)
                }}
              />
            ))}
          </div>
        </div>
      </div>
      <p className={styles.help}>
        {pluralize(total, 'row')}. Arrow keys move, expand and collapse. Press * to expand everything inside, and Enter to show a
        long text in full.
      </p>
      {fullTextPath && <FullTextDialog reader={reader} path={fullTextPath} onClose={() => setFullTextPath(null)} />}
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

interface SearchState {
  found: SearchProgress | null
  /** The match that is selected. */
  current: number | null
  go: (by: number) => void
}

/** Searches in short slices, so that the worker can send rows in between. */
function useSearch(reader: MmifReader, find: string): SearchState {
  const [state, setState] = useState<{ find: string; found: SearchProgress | null; current: number | null }>({
    find,
    found: null,
    current: null,
  })
  if (state.find !== find) setState({ find, found: null, current: null })
  const currentTerm = useRef(find)
  useEffect(() => {
    currentTerm.current = find
    if (find === '') return
    const search = async () => {
      let progress = await reader.call('find', find, SLICE_MS)
      while (currentTerm.current === find) {
        const found = progress
        setState((previous) => ({ find, found, current: previous.current ?? (found.count > 0 ? 0 : null) }))
        if (found.done) return
        progress = await reader.call('continueFind', SLICE_MS)
      }
    }
    void search()
    return () => {
      currentTerm.current = ''
    }
  }, [reader, find])
  const { found, current } = state
  return {
    found,
    current,
    go: (by) => {
      const reachable = Math.min(found?.count ?? 0, MAX_MATCHES)
      if (reachable > 0) setState({ ...state, current: ((current ?? 0) + by + reachable) % reachable })
    },
  }
}

function MatchNavigation({ search: { found, current, go } }: { search: SearchState }) {
  if (!found) return null
  const label =
    found.count === 0
      ? found.done
        ? 'No matches'
        : 'Searching …'
      : `${formatCount((current ?? 0) + 1)} of ${formatCount(found.count)}${found.done ? '' : ' …'}`
  const limit = found.count > MAX_MATCHES ? `. Only the first ${formatCount(MAX_MATCHES)} can be opened.` : ''
  return (
    <div className={styles.matches}>
      <span role="status">{label + limit}</span>
      {found.count > 0 && (
        <>
          <Button small kind="quiet" aria-label="Previous match" icon={<ChevronUp aria-hidden size={16} />} onClick={() => go(-1)} />
          <Button small kind="quiet" aria-label="Next match" icon={<ChevronDown aria-hidden size={16} />} onClick={() => go(1)} />
        </>
      )}
    </div>
  )
}
