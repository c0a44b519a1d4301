import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { FieldGroup } from '../../components/field-group'
import { EntityPicker } from '../../components/entity-picker'
import { showToast } from '../../components/toast'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import styles from './collection-form.module.css'

const CreateBatches = graphql(`
  mutation CreateBatchesFromCollections($input: CreateBatchesFromCollectionsInput!) {
    createBatchesFromCollections(input: $input) { id mediaFileCount }
  }
`)

/** Creates a batch from each collection. */
export function BatchPerCollection({ ids }: { ids: string[] }) {
  const [open, setOpen] = useState(false)
  const [pipeline, setPipeline] = useState<string | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const create = useThrowingMutation(CreateBatches)
  const navigate = useNavigate()
  const submit = async () => {
    setBusy(true)
    setFailure(null)
    try {
      const { createBatchesFromCollections: created } = await create({
        input: { collectionIds: ids, pipelineId: pipeline },
      })
      const files = created.reduce((sum, { mediaFileCount }) => sum + mediaFileCount, 0)
      showToast(`Created ${pluralize(created.length, 'batch', 'batches')} with ${pluralize(files, 'media file')}.`)
      await navigate({ to: '/batches' })
    } catch (error) {
      setFailure(errorMessage(error))
      setBusy(false)
    }
  }
  return (
    <>
      <Button small onClick={() => setOpen(true)}>
        Create batch per collection
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={`Create ${ids.length} batches`}
        about="Creates one batch per collection, with its name and description. You can start the batches later."
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button kind="primary" busy={busy} onClick={() => void submit()}>
              Create
            </Button>
          </>
        }
      >
        <div className={styles.form}>
          <FieldGroup label="Default pipeline" help="You can choose another pipeline when you start a batch.">
            <EntityPicker
              kind="pipeline"
              label="Default pipeline"
              look="field"
              placeholder="None"
              chosen={pipeline}
              onChoose={(chosen) => setPipeline(chosen?.id ?? null)}
            />
          </FieldGroup>
          {failure !== null && (
            <p role="alert" className={styles.wrong}>
              {failure}
            </p>
          )}
        </div>
      </Dialog>
    </>
  )
}
