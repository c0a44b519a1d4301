import type { TadaDocumentNode } from 'gql.tada'
import { useState, type ReactNode } from 'react'
import type { Outcome } from '../lib/bulk'
import { useChange } from '../lib/change'
import { Button } from './button'
import { ConfirmDialog } from './confirm-dialog'
import { tell } from './toast'

interface BulkActionProps<Variables extends { dryRun: boolean }> {
  /** Of the button that asks first. */
  label: string
  icon?: ReactNode
  danger?: boolean
  /** Of the dialog. */
  title: string
  /** Of the button that does it. */
  verb: string
  document: TadaDocumentNode<{ result: Outcome }, Variables>
  variables: Omit<Variables, 'dryRun'>
  onDone: (answer: Outcome) => void
}

/** A button that says what it would do, in numbers, before it does it for many. */
export function BulkAction<Variables extends { dryRun: boolean }>({
  label,
  icon,
  danger = false,
  title,
  verb,
  document,
  variables,
  onDone,
}: BulkActionProps<Variables>) {
  const [open, setOpen] = useState(false)
  const change = useChange(document)
  const ask = (dryRun: boolean) => change({ ...variables, dryRun } as Variables)
  return (
    <>
      <Button small kind={danger ? 'danger' : 'plain'} icon={icon} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open && (
        <ConfirmDialog
          title={title}
          verb={verb}
          danger={danger}
          preview={async () => {
            const { result } = await ask(true)
            return { message: result.message, unchanged: result.unchanged, nothing: result.doneCount === 0 }
          }}
          onConfirm={async () => {
            const { result } = await ask(false)
            tell(result.message)
            onDone(result)
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}
