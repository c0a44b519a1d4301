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

/** A batch of each of these collections, with its name. */
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
      const { createBatchesFromCollections: made } = await create({
        input: { collectionIds: ids, pipelineId: pipeline },
      })
      const files = made.reduce((sum, { mediaFileCount }) => sum + mediaFileCount, 0)
      showToast(`${pluralize(made.length, 'batch', 'batches')} with ${pluralize(files, 'media file')} were made.`)
      await navigate({ to: '/batches' })
    } catch (error) {
      setFailure(errorMessage(error))
      setBusy(false)
    }
  }
  return (
    <>
      <Button small onClick={() => setOpen(true)}>
        Make a batch of each
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={`Make ${ids.length} batches`}
        about="One of each collection, with its name and description. None is started yet."
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Leave it</Button>
            <Button kind="primary" busy={busy} onClick={() => void submit()}>
              Make them
            </Button>
          </>
        }
      >
        <div className={styles.form}>
          <FieldGroup label="Pipeline" help="On which they are started unless another one is chosen then.">
            <EntityPicker
              kind="pipeline"
              label="Pipeline"
              look="field"
              placeholder="None yet"
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
