import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import styles from './search-field.module.css'

interface SearchFieldProps {
  label: string
  value: string
  /** Called when the person has paused. */
  onSearch: (text: string) => void
}

const PAUSE_MS = 300

export function SearchField({ label, value, onSearch }: SearchFieldProps) {
  const [draft, setDraft] = useState({ value, text: value })
  if (draft.value !== value) setDraft({ value, text: value }) // the address has changed
  useEffect(() => {
    if (draft.text === value) return
    const timer = setTimeout(() => onSearch(draft.text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [draft, value, onSearch])
  return (
    <label className={styles.field}>
      <Search aria-hidden size={16} />
      <span className="unseen">{label}</span>
      <input
        type="search"
        placeholder={label}
        value={draft.text}
        onChange={(event) => setDraft({ value, text: event.target.value })}
      />
    </label>
  )
}
