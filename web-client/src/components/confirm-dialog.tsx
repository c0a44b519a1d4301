import { useState, type ReactNode } from 'react'
import type { BulkPreview } from '../lib/bulk-mutation'
import { errorMessage } from '../lib/mutation'
import { Button } from './button'
import styles from './confirm-dialog.module.css'
import { Dialog } from './dialog'
import { usePreview } from './use-preview'

interface ConfirmDialogProps {
  title: string
  /** Of the button, e.g. "Cancel 3 batch runs". */
  verb: string
  danger?: boolean
  /** What there is to choose before it is done. */
  choices?: ReactNode
  /** What was chosen, as text: with another one it is asked anew what would be done. */
  chosen?: string
  /** Asked when the dialog opens; what it rejects with is shown. */
  preview: () => Promise<BulkPreview>
  /** Does it; what it rejects with is shown, and the dialog stays. */
  onConfirm: () => Promise<void>
  onClose: () => void
}

const SHOWN = 5

/** Says in numbers what would be done before it is done. It is open as long as it is rendered. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, verb, danger = false, choices, chosen = '', preview, onConfirm, onClose } = props
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
          <Button onClick={onClose}>Leave it</Button>
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
        {found === null && failure === null && <p className={styles.quiet}>Counting what it would do …</p>}
        {found && <p className={styles.message}>{found.message}</p>}
        {found && found.unchanged.length > 0 && (
          <ul className={styles.unchanged}>
            {found.unchanged.slice(0, SHOWN).map((item) => (
              <li key={item.id}>{item.message}</li>
            ))}
            {found.unchanged.length > SHOWN && <li>… and {found.unchanged.length - SHOWN} more.</li>}
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
