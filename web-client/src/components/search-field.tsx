import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import styles from './search-field.module.css'

interface SearchFieldProps {
  label: string
  value: string
  /** Called after a pause in typing. */
  onSearch: (text: string) => void
}

interface Draft {
  /** The last value from the props. */
  value: string
  text: string
  /** Searches that are not reflected in the value yet. */
  pending: string[]
}

const PAUSE_MS = 300

export function SearchField({ label, value, onSearch }: SearchFieldProps) {
  const [draft, setDraft] = useState<Draft>({ value, text: value, pending: [] })
  if (draft.value !== value) setDraft(withValue(draft, value))
  const { text, pending } = draft
  const search = useRef(onSearch)
  useEffect(() => {
    search.current = onSearch
  })
  useEffect(() => {
    if (text === (pending.at(-1) ?? value)) return
    const timer = setTimeout(() => {
      setDraft((now) => ({ ...now, pending: [...now.pending, text] }))
      search.current(text)
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, pending, value])
  return (
    <label className={styles.field}>
      <Search aria-hidden size={16} />
      <span className="unseen">{label}</span>
      <input
        type="search"
        placeholder={label}
        value={text}
        onChange={(event) => setDraft({ ...draft, text: event.target.value })}
      />
    </label>
  )
}

/** Keeps the typed text if the value comes from a pending search. Otherwise the URL changed for another reason. */
function withValue({ text, pending }: Draft, value: string): Draft {
  const index = pending.findIndex((each) => each.trim() === value)
  return index < 0 ? { value, text: value, pending: [] } : { value, text, pending: pending.slice(index + 1) }
}
