import { FolderPlus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { FieldGroup } from '../../components/field-group'
import { EntityPicker } from '../../components/entity-picker'
import { showToast } from '../../components/toast'
import { runBulkMutation, BulkOutcome, previewBulkMutation } from '../../lib/bulk-mutation'
import { errorMessage } from '../../lib/mutation'
import { graphql, type VariablesOf } from '../../lib/graphql'
import styles from './add-to-collection.module.css'

const AddMany = graphql(
  `
    mutation AddManyToCollection($id: ID!, $guids: [String!], $filter: MediaFileFilter, $dryRun: Boolean!) {
      outcome: addManyToCollection(id: $id, guids: $guids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

interface AddToCollectionProps {
  /** The media files to add. */
  variables: Omit<VariablesOf<typeof AddMany>, 'id' | 'dryRun'>
  onDone: () => void
}

/** A button that opens a dialog. The dialog lets the user choose a collection and previews the result. */
export function AddToCollection({ variables, onDone }: AddToCollectionProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button small icon={<FolderPlus aria-hidden size={15} />} onClick={() => setOpen(true)}>
        Add to collection
      </Button>
      {open && <AddDialog variables={variables} onDone={onDone} onClose={() => setOpen(false)} />}
    </>
  )
}

function AddDialog({ variables, onDone, onClose }: AddToCollectionProps & { onClose: () => void }) {
  const [collection, setCollection] = useState<string | null>(null)
  const [preview, setPreview] = useState<{ message: string; failed: boolean; nothing: boolean } | null>(null)
  const [busy, setBusy] = useState(false)
  const addTo = async (id: string, dryRun: boolean) => {
    setBusy(true)
    try {
      if (dryRun) setPreview({ failed: false, ...(await previewBulkMutation(AddMany, { id, ...variables })) })
      else {
        showToast(await runBulkMutation(AddMany, { id, ...variables }))
        onDone()
        onClose()
      }
    } catch (error) {
      setPreview({ message: errorMessage(error), failed: true, nothing: true })
    }
    setBusy(false)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add media files to collection"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={busy}
            disabled={collection === null || preview === null || preview.nothing}
            onClick={() => collection !== null && void addTo(collection, false)}
          >
            Add
          </Button>
        </>
      }
    >
      <div className={styles.body}>
        <FieldGroup label="Collection">
          <EntityPicker
            kind="collection"
            label="Collection"
            look="field"
            chosen={collection}
            onChoose={(chosen) => {
              setCollection(chosen?.id ?? null)
              setPreview(null)
              if (chosen) void addTo(chosen.id, true)
            }}
          />
        </FieldGroup>
        <p aria-live="polite" className={preview?.failed ? styles.wrong : styles.preview}>
          {busy ? 'Counting …' : preview?.message}
        </p>
      </div>
    </Dialog>
  )
}
