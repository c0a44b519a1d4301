import { Trash2 } from 'lucide-react'
import type { BulkMutation } from '../lib/bulk-mutation'
import { BulkAction } from './bulk-action'

interface BulkDeleteProps<Variables extends Record<string, unknown>> {
  /** Title of the dialog. */
  title: string
  mutation: BulkMutation<Variables>
  variables: Variables
  onDone: () => void
}

export function BulkDelete<Variables extends Record<string, unknown>>(props: BulkDeleteProps<Variables>) {
  return <BulkAction {...props} label="Delete" icon={Trash2} danger verb="Delete" />
}
