import { useNavigate } from '@tanstack/react-router'
import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button'
import { ConfirmDialog } from '../../components/confirm-dialog'
import { Menu, MenuItem } from '../../components/menu'
import { showToast } from '../../components/toast'
import { runBulkMutation, previewBulkMutation } from '../../lib/bulk-mutation'
import { DeleteBatches } from './batch-bulk-actions'
import type { BatchDetails } from './batch-query'
import { EditBatch } from './edit-batch'

/** Menu of the less frequent actions. */
export function BatchMenu({ batch, onChange }: { batch: BatchDetails; onChange: () => void }) {
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null)
  const navigate = useNavigate()
  const close = () => setOpen(null)
  return (
    <>
      <Menu trigger={<Button aria-label="More" icon={<Ellipsis aria-hidden size={17} />} />}>
        <MenuItem icon={<Pencil aria-hidden size={16} />} onChoose={() => setOpen('edit')}>
          Edit …
        </MenuItem>
        <MenuItem danger icon={<Trash2 aria-hidden size={16} />} onChoose={() => setOpen('delete')}>
          Delete …
        </MenuItem>
      </Menu>
      {open === 'edit' && <EditBatch batch={batch} onClose={close} onDone={onChange} />}
      {open === 'delete' && (
        <ConfirmDialog
          title="Delete batch"
          verb="Delete"
          danger
          preview={() => previewBulkMutation(DeleteBatches, { ids: [batch.id] })}
          onConfirm={async () => {
            showToast(await runBulkMutation(DeleteBatches, { ids: [batch.id] }))
            await navigate({ to: '/batches' })
          }}
          onClose={close}
        />
      )}
    </>
  )
}
