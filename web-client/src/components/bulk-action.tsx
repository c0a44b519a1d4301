import type { LucideIcon } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { runBulkMutation, previewBulkMutation, type BulkMutation } from '../lib/bulk-mutation'
import { Button } from './button'
import { ConfirmDialog } from './confirm-dialog'
import { showToast } from './toast'

interface BulkActionProps<Variables extends Record<string, unknown>> {
  /** Label of the button that opens the dialog. */
  label: string
  icon: LucideIcon
  danger?: boolean
  /** Title of the dialog. */
  title: string
  /** Label of the button that confirms. */
  verb: string
  /** Label of the button that closes the dialog without a change. */
  dismissLabel?: string
  /** Shown above the preview. */
  about?: ReactNode
  mutation: BulkMutation<Variables>
  variables: Variables
  onDone: () => void
}

/** A button that shows a preview, and changes many items after confirmation. */
export function BulkAction<Variables extends Record<string, unknown>>({
  label,
  icon: Icon,
  danger = false,
  title,
  verb,
  dismissLabel,
  about,
  mutation,
  variables,
  onDone,
}: BulkActionProps<Variables>) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button small kind={danger ? 'danger' : 'plain'} icon={<Icon aria-hidden size={15} />} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open && (
        <ConfirmDialog
          title={title}
          verb={verb}
          danger={danger}
          {...(dismissLabel === undefined ? {} : { dismissLabel })}
          choices={about}
          preview={() => previewBulkMutation(mutation, variables)}
          onConfirm={async () => {
            showToast(await runBulkMutation(mutation, variables))
            onDone()
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}
