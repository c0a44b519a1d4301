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
  onToggle: (all: boolean) => void
}

export const JsonRow = memo(
  function JsonRow({ row, number, active, find, onToggle }: JsonRowProps) {
    const { path, key, kind, text, cut, size, open, siblings } = row
    const container = kind === 'object' || kind === 'list'
    const index = path.at(-1) ?? 0
    return (
      <div
        role="treeitem"
        id={`json-${number}`}
        aria-level={path.length}
        aria-posinset={index + 1}
        aria-setsize={siblings}
        aria-expanded={container && size > 0 ? open : undefined}
        aria-selected={active}
        className={styles.row}
        style={{ paddingLeft: `${(path.length - 1) * 1.15 + 0.4}rem` }}
        onClick={(event) => onToggle(event.altKey)}
      >
        <span className={styles.caret} data-open={open || undefined}>
          {container && size > 0 && <ChevronRight aria-hidden size={14} />}
        </span>
        <span className={key === null ? styles.index : styles.key}>
          {key === null ? index : <HighlightedText text={key} find={find} />}
        </span>
        {container ? (
          <>
            <span className={styles.size}>{sizeLabel(kind, size)}</span>
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
            {cut && <span className={styles.more}>… full text</span>}
          </span>
        )}
      </div>
    )
  },
  (before, after) =>
    before.row === after.row && before.active === after.active && before.number === after.number && before.find === after.find,
)

function sizeLabel(kind: 'object' | 'list', size: number): string {
  if (size === 0) return kind === 'list' ? '[ ]' : '{ }'
  return kind === 'list' ? `[ ${pluralize(size, 'entry', 'entries')} ]` : `{ ${pluralize(size, 'key')} }`
}
