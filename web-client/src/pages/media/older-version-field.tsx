import { useState } from 'react'
import styles from './older-version-field.module.css'

interface OlderVersionFieldProps {
  /** "": nothing at all was given, by any version. */
  version: string
  onChange: (version: string) => void
}

/** Files too whose every output is of an older version than this. */
export function OlderVersionField({ version, onChange }: OlderVersionFieldProps) {
  const [draft, setDraft] = useState(version)
  const take = () => draft.trim() !== version && onChange(draft.trim())
  return (
    <label className={styles.field}>
      or older than
      <input
        value={draft}
        placeholder="v8.10"
        maxLength={50}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === 'Enter' && take()}
      />
    </label>
  )
}
