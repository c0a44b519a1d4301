import { useState, type ReactNode } from 'react'
import type { BulkPreview } from '../lib/bulk-mutation'
import { errorMessage } from '../lib/mutation'
import { Button } from './button'
import styles from './confirm-dialog.module.css'
import { Dialog } from './dialog'
import { usePreview } from './use-preview'

interface ConfirmDialogProps {
  title: string
  /** Label of the button that confirms, e.g. "Cancel 3 batch runs". */
  verb: string
  danger?: boolean
  /** Label of the button that closes the dialog without a change. */
  dismissLabel?: string
  /** Options of the action. */
  choices?: ReactNode
  /** The selected options as text. A change of it requests a new preview. */
  chosen?: string
  /** Called when the dialog opens. The dialog shows its error if it rejects. */
  preview: () => Promise<BulkPreview>
  /** Performs the action. If it rejects, the dialog shows the error and stays open. */
  onConfirm: () => Promise<void>
  onClose: () => void
}

const UNCHANGED_LIMIT = 5

/** Shows in numbers what an action would change, and asks for confirmation. It is open while it is rendered. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, verb, danger = false, dismissLabel = 'Cancel', choices, chosen = '', preview, onConfirm, onClose } = props
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const { found, failure, onRetry } = usePreview(chosen, preview)

  const confirm = async () => {
    setBusy(true)
    setRefusal(null)
    try {
      await onConfirm()
      onClose()
    } catch (error) {
      setRefusal(errorMessage(error))
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>{dismissLabel}</Button>
          <Button
            kind={danger ? 'danger' : 'primary'}
            busy={busy}
            disabled={found === null || found.nothing}
            onClick={() => void confirm()}
          >
            {verb}
          </Button>
        </>
      }
    >
      {choices !== undefined && <div className={styles.choices}>{choices}</div>}
      <div aria-live="polite" className={styles.said}>
        {found === null && failure === null && <p className={styles.quiet}>Loading preview …</p>}
        {found && <p className={styles.message}>{found.message}</p>}
        {found && found.unchanged.length > 0 && (
          <ul className={styles.unchanged}>
            {found.unchanged.slice(0, UNCHANGED_LIMIT).map((item) => (
              <li key={item.id}>{item.message}</li>
            ))}
            {found.unchanged.length > UNCHANGED_LIMIT && <li>… and {found.unchanged.length - UNCHANGED_LIMIT} more.</li>}
          </ul>
        )}
        {failure !== null && (
          <>
            <p role="alert">{failure}</p>
            <Button small onClick={onRetry}>
              Try again
            </Button>
          </>
        )}
        {refusal !== null && <p role="alert">{refusal}</p>}
      </div>
    </Dialog>
  )
}
