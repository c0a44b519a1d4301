import { FolderPlus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { Labelled } from '../../components/labelled'
import { NounPicker } from '../../components/noun-picker'
import { tell } from '../../components/toast'
import { change, Outcome, previewOf } from '../../lib/bulk'
import { messageOf } from '../../lib/change'
import { graphql, type VariablesOf } from '../../lib/graphql'
import styles from './add-to-collection.module.css'

const AddMany = graphql(
  `
    mutation AddManyToCollection($id: ID!, $guids: [String!], $filter: MediaFileFilter, $dryRun: Boolean!) {
      outcome: addManyToCollection(id: $id, guids: $guids, filter: $filter, dryRun: $dryRun) { ...Outcome }
    }
  `,
  [Outcome],
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
      if (dryRun) setTold({ wrong: false, ...(await previewOf(AddMany, { id, ...variables })) })
      else {
        tell(await change(AddMany, { id, ...variables }))
        onDone()
        onClose()
      }
    } catch (error) {
      setTold({ message: messageOf(error), wrong: true, nothing: true })
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
        <Labelled label="Collection">
          <NounPicker
            noun="collection"
            label="Collection"
            look="field"
            chosen={collection}
            onChoose={(chosen) => {
              setCollection(chosen?.id ?? null)
              setTold(null)
              if (chosen) void ask(chosen.id, true)
            }}
          />
        </Labelled>
        <p aria-live="polite" className={told?.wrong ? styles.wrong : styles.told}>
          {busy ? 'Counting …' : told?.message}
        </p>
      </div>
    </Dialog>
  )
}
