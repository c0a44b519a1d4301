import { useState } from 'react'
import styles from './older-version-field.module.css'

interface OlderVersionFieldProps {
  /** Empty: only files without any output from the app. */
  version: string
  onChange: (version: string) => void
}

/** Extends the filter to files whose output comes only from older versions. */
export function OlderVersionField({ version, onChange }: OlderVersionFieldProps) {
  const [draft, setDraft] = useState(version)
  const submit = () => draft.trim() !== version && onChange(draft.trim())
  return (
    <label className={styles.field}>
      or older than
      <input
        value={draft}
        placeholder="v8.10"
        maxLength={50}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={submit}
        onKeyDown={(event) => event.key === 'Enter' && submit()}
      />
    </label>
  )
}
