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
  /** Which media files. */
  variables: Omit<VariablesOf<typeof AddMany>, 'id' | 'dryRun'>
  onDone: () => void
}

/** A button that asks into which collection, and says how many would be new in it. */
export function AddToCollection({ variables, onDone }: AddToCollectionProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button small icon={<FolderPlus aria-hidden size={15} />} onClick={() => setOpen(true)}>
        Add to a collection
      </Button>
      {open && <AddDialog variables={variables} onDone={onDone} onClose={() => setOpen(false)} />}
    </>
  )
}

function AddDialog({ variables, onDone, onClose }: AddToCollectionProps & { onClose: () => void }) {
  const [collection, setCollection] = useState<string | null>(null)
  const [told, setTold] = useState<{ message: string; wrong: boolean; nothing: boolean } | null>(null)
  const [busy, setBusy] = useState(false)
  const ask = async (id: string, dryRun: boolean) => {
    setBusy(true)
    try {
      if (dryRun) setTold({ wrong: false, ...(await previewBulkMutation(AddMany, { id, ...variables })) })
      else {
        showToast(await runBulkMutation(AddMany, { id, ...variables }))
        onDone()
        onClose()
      }
    } catch (error) {
      setTold({ message: errorMessage(error), wrong: true, nothing: true })
    }
    setBusy(false)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add media files to a collection"
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button
            kind="primary"
            busy={busy}
            disabled={collection === null || told === null || told.nothing}
            onClick={() => collection !== null && void ask(collection, false)}
          >
            Add them
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
              setTold(null)
              if (chosen) void ask(chosen.id, true)
            }}
          />
        </FieldGroup>
        <p aria-live="polite" className={told?.wrong ? styles.wrong : styles.told}>
          {busy ? 'Counting …' : told?.message}
        </p>
      </div>
    </Dialog>
  )
}
