import { ChevronRight } from 'lucide-react'
import { memo } from 'react'
import { pluralize } from '../../../lib/format'
import { HighlightedText } from './highlighted-text'
import styles from './json-view.module.css'
import type { Row } from './mmif-document'

interface JsonRowProps {
  row: Row
  number: number
  active: boolean
  find: string
  onToggle: (whole: boolean) => void
}

export const JsonRow = memo(
  function JsonRow({ row, number, active, find, onToggle }: JsonRowProps) {
    const { path, key, kind, text, cut, size, open, siblings } = row
    const inside = kind === 'object' || kind === 'list'
    const place = path.at(-1) ?? 0
    return (
      <div
        role="treeitem"
        id={`json-${number}`}
        aria-level={path.length}
        aria-posinset={place + 1}
        aria-setsize={siblings}
        aria-expanded={inside && size > 0 ? open : undefined}
        aria-selected={active}
        className={styles.row}
        style={{ paddingLeft: `${(path.length - 1) * 1.15 + 0.4}rem` }}
        onClick={(event) => onToggle(event.altKey)}
      >
        <span className={styles.caret} data-open={open || undefined}>
          {inside && size > 0 && <ChevronRight aria-hidden size={14} />}
        </span>
        <span className={key === null ? styles.place : styles.key}>
          {key === null ? place : <HighlightedText text={key} find={find} />}
        </span>
        {inside ? (
          <>
            <span className={styles.size}>{sizeWords(kind, size)}</span>
            {!open && size > 0 && (
              <span className={styles.preview}>
                {text}
                {cut && ' …'}
              </span>
            )}
          </>
        ) : (
          <span className={styles[kind]}>
            <HighlightedText text={text} find={find} />
            {cut && <span className={styles.more}>… whole</span>}
          </span>
        )}
      </div>
    )
  },
  (before, after) =>
    before.row === after.row && before.active === after.active && before.number === after.number && before.find === after.find,
)

function sizeWords(kind: 'object' | 'list', size: number): string {
  if (size === 0) return kind === 'list' ? '[ ]' : '{ }'
  return kind === 'list' ? `[ ${pluralize(size, 'entry', 'entries')} ]` : `{ ${pluralize(size, 'key')} }`
}
