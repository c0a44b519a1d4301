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

/** Apps from files that describe them, each as the app itself would. */
export function ImportAppsDialog({ onDone, onClose }: ImportAppsDialogProps) {
  const [results, setResults] = useState<Result[] | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const importApps = useThrowingMutation(ImportApps)

  const take = async (files: File[]) => {
    setBusy(true)
    setFailure(null)
    try {
      const descriptions = await Promise.all(files.map((file) => file.text()))
      const told = await importApps({ descriptions })
      setResults(told.importApps.map((result, at) => ({ file: files[at]?.name ?? '', ...result })))
      onDone()
    } catch (error) {
      setFailure(errorMessage(error))
    } finally {
      setBusy(false)
    }
  }

  const taken = results?.filter(({ outcome }) => outcome === 'ADDED' || outcome === 'UPDATED').length ?? 0
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Import descriptions of apps"
      about="metadata.json of an app, as the app directory has it. Pipelines can be planned with it before the app runs."
      actions={
        <Button kind="primary" busy={busy} onClick={onClose}>
          Done
        </Button>
      }
    >
      <FileDrop what="descriptions" accept=".json,application/json" multiple onFiles={(files) => void take(files)} />
      <div aria-live="polite">
        {failure !== null && <p className={styles.refused}>{failure}</p>}
        {results && (
          <>
            <p className="unseen">
              {pluralize(taken, 'app')} taken of {pluralize(results.length, 'file')}.
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
