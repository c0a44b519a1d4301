import { Check, Equal, X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { FileDrop } from '../../components/file-drop'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import styles from './dialogs.module.css'

const ImportApps = graphql(`
  mutation ImportApps($descriptions: [JSON!]!) {
    importApps(descriptions: $descriptions) { outcome message }
  }
`)

interface Result {
  file: string
  outcome: 'ADDED' | 'UPDATED' | 'UNCHANGED' | 'REFUSED'
  message: string
}

const ICONS = { ADDED: Check, UPDATED: Check, UNCHANGED: Equal, REFUSED: X }

interface ImportAppsDialogProps {
  onDone: () => void
  onClose: () => void
}

/** Imports apps from metadata files. */
export function ImportAppsDialog({ onDone, onClose }: ImportAppsDialogProps) {
  const [results, setResults] = useState<Result[] | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const importApps = useThrowingMutation(ImportApps)

  const importFiles = async (files: File[]) => {
    setBusy(true)
    setFailure(null)
    try {
      const descriptions = await Promise.all(files.map((file) => file.text()))
      const imported = await importApps({ descriptions })
      setResults(imported.importApps.map((result, at) => ({ file: files[at]?.name ?? '', ...result })))
      onDone()
    } catch (error) {
      setFailure(errorMessage(error))
    } finally {
      setBusy(false)
    }
  }

  const importedCount = results?.filter(({ outcome }) => outcome === 'ADDED' || outcome === 'UPDATED').length ?? 0
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Import app metadata"
      about="Use metadata.json from the CLAMS app directory. You can plan pipelines before the app runs."
      actions={
        <Button kind="primary" busy={busy} onClick={onClose}>
          Done
        </Button>
      }
    >
      <FileDrop what="metadata files" accept=".json,application/json" multiple onFiles={(files) => void importFiles(files)} />
      <div aria-live="polite">
        {failure !== null && <p className={styles.refused}>{failure}</p>}
        {results && (
          <>
            <p className="unseen">
              {pluralize(importedCount, 'app')} imported from {pluralize(results.length, 'file')}.
            </p>
            <ul className={styles.results}>
              {results.map(({ file, outcome, message }, at) => {
                const Icon = ICONS[outcome]
                return (
                  <li key={at} data-outcome={outcome}>
                    <Icon aria-hidden size={16} />
                    <p>{message}</p>
                    <small>{file}</small>
                  </li>
                )
              })}
            </ul>
          </>
        )}
      </div>
    </Dialog>
  )
}
