import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import styles from './search-field.module.css'

interface SearchFieldProps {
  label: string
  value: string
  /** Called when the person has paused. */
  onSearch: (text: string) => void
}

interface Draft {
  /** As it was last given. */
  value: string
  text: string
  /** What was searched for and has not become the value yet. */
  asked: string[]
}

const PAUSE_MS = 300

export function SearchField({ label, value, onSearch }: SearchFieldProps) {
  const [draft, setDraft] = useState<Draft>({ value, text: value, asked: [] })
  if (draft.value !== value) setDraft(become(draft, value))
  const { text, asked } = draft
  const search = useRef(onSearch)
  useEffect(() => {
    search.current = onSearch
  })
  useEffect(() => {
    if (text === (asked.at(-1) ?? value)) return
    const timer = setTimeout(() => {
      setDraft((now) => ({ ...now, asked: [...now.asked, text] }))
      search.current(text)
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, asked, value])
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

/** What was typed stays where the new value is what it was searched for by; else the address has changed by itself. */
function become({ text, asked }: Draft, value: string): Draft {
  const place = asked.findIndex((each) => each.trim() === value)
  return place < 0 ? { value, text: value, asked: [] } : { value, text, asked: asked.slice(place + 1) }
}
