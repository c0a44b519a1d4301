import type { LucideIcon } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { runBulkMutation, previewBulkMutation, type BulkMutation } from '../lib/bulk-mutation'
import { Button } from './button'
import { ConfirmDialog } from './confirm-dialog'
import { showToast } from './toast'

interface BulkActionProps<Variables extends Record<string, unknown>> {
  /** Of the button that asks first. */
  label: string
  icon: LucideIcon
  danger?: boolean
  /** Of the dialog. */
  title: string
  /** Of the button that does it. */
  verb: string
  /** What it would do that the numbers don't say. */
  about?: ReactNode
  mutation: BulkMutation<Variables>
  variables: Variables
  onDone: () => void
}

/** A button that says what it would do, in numbers, before it does it for many. */
export function BulkAction<Variables extends Record<string, unknown>>({
  label,
  icon: Icon,
  danger = false,
  title,
  verb,
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
