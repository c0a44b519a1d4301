import { Plus, X } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import type { Json } from '../../lib/graphql'
import { Button } from '../button'
import fieldStyles from '../field.module.css'
import { itemsIn, pairsIn, textOf, valueIn, type Parameter } from './parameter'
import styles from './parameters.module.css'

interface ListValueProps {
  parameter: Parameter
  value: Json | undefined
  onChange: (value: Json | undefined) => void
}

/** A list of values, one per row. */
export function ListValue({ parameter, value, onChange }: ListValueProps) {
  const { type, name } = parameter
  return (
    <Rows
      value={value}
      cells={[`Value of ${name}`]}
      read={(of) => itemsIn(of).map((item) => [textOf(item)])}
      write={(rows) => rows.map(([text = '']) => valueIn(text, type))}
      onChange={onChange}
    />
  )
}

/** A list of key and value pairs, one per row. */
export function MapValue({ parameter, value, onChange }: ListValueProps) {
  const { name } = parameter
  return (
    <Rows
      value={value}
      cells={[`Key of ${name}`, `Value of ${name}`]}
      read={pairsIn}
      write={(rows) => Object.fromEntries(rows.map(([key = '', item = '']) => [key, item]))}
      onChange={onChange}
    />
  )
}

interface RowsProps {
  value: Json | undefined
  /** Label of each cell in a row. */
  cells: string[]
  read: (value: Json | undefined) => string[][]
  write: (rows: string[][]) => Json
  onChange: (value: Json | undefined) => void
}

/** Editable rows. An empty row is a draft and not part of the value. */
function Rows({ value, cells, read, write, onChange }: RowsProps) {
  const [draft, setDraft] = useState({ value, rows: read(value) })
  if (draft.value !== value) setDraft({ value, rows: read(value) })
  const list = useRef<HTMLUListElement>(null)
  const id = useId()
  const update = (rows: string[][]) => {
    const filled = rows.filter((row) => row.some((text) => text !== ''))
    const next = filled.length === 0 ? undefined : write(filled)
    setDraft({ value: next, rows })
    onChange(next)
  }
  const focusRow = (row: number) => {
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>(`[data-first]`)[row]?.focus())
  }
  const add = () => {
    setDraft({ ...draft, rows: [...draft.rows, cells.map(() => '')] })
    focusRow(draft.rows.length)
  }
  return (
    <div className={styles.rows}>
      {draft.rows.length > 0 && (
        <ul ref={list}>
          {draft.rows.map((row, at) => (
            // A row has no identity but its position.
            <li key={`${id}-${at}`}>
              {cells.map((cell, column) => (
                <input
                  key={cell}
                  className={fieldStyles.input}
                  aria-label={`${cell}, row ${at + 1}`}
                  data-first={column === 0 || undefined}
                  value={row[column] ?? ''}
                  spellCheck={false}
                  autoComplete="off"
                  onKeyDown={(event) => {
                    if (event.key !== 'Enter') return
                    event.preventDefault()
                    add()
                  }}
                  onChange={(event) =>
                    update(
                      draft.rows.map((other, n) =>
                        n === at ? other.map((text, c) => (c === column ? event.target.value : text)) : other,
                      ),
                    )
                  }
                />
              ))}
              <Button
                small
                kind="quiet"
                icon={<X aria-hidden size={15} />}
                aria-label={`Remove row ${at + 1}`}
                onClick={() => update(draft.rows.filter((_, n) => n !== at))}
              />
            </li>
          ))}
        </ul>
      )}
      <Button small kind="quiet" icon={<Plus aria-hidden size={15} />} onClick={add}>
        {cells.length > 1 ? 'Add pair' : 'Add value'}
      </Button>
    </div>
  )
}
