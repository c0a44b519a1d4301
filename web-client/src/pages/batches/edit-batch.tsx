import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { Field } from '../../components/field'
import { FieldGroup } from '../../components/field-group'
import { EntityPicker } from '../../components/entity-picker'
import { TextArea, TextInput } from '../../components/text-input'
import { showToast } from '../../components/toast'
import { useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { fieldErrors, type FieldErrors } from '../../lib/field-errors'
import type { BatchDetails } from './batch-query'
import styles from './new-batch-page.module.css'

const UpdateBatch = graphql(`
  mutation UpdateBatch($input: UpdateBatchInput!) {
    updateBatch(input: $input) { id name description pipeline { id name } }
  }
`)

interface EditBatchProps {
  batch: BatchDetails
  onClose: () => void
  onDone: () => void
}

/** What it is called, and what it is started on by default; its files stay. */
export function EditBatch({ batch, onClose, onDone }: EditBatchProps) {
  const [name, setName] = useState(batch.name)
  const [description, setDescription] = useState(batch.description ?? '')
  const [pipeline, setPipeline] = useState(batch.pipeline?.id ?? null)
  const [refusals, setRefusals] = useState<FieldErrors<'name' | 'description'>>({})
  const [busy, setBusy] = useState(false)
  const update = useThrowingMutation(UpdateBatch)
  const submit = async () => {
    setBusy(true)
    setRefusals({})
    try {
      await update({
        input: { id: batch.id, name, description, ...(pipeline === null ? {} : { pipelineId: pipeline }) },
      })
      showToast('The batch was changed.')
      onDone()
      onClose()
    } catch (error) {
      setRefusals(fieldErrors(error, { name: /\bname\b/, description: /\bdescription\b/ }))
      setBusy(false)
    }
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Change the batch"
      about="Runs that were started stay as they are."
      actions={
        <Button kind="primary" type="submit" form="edit-batch" busy={busy}>
          Keep the change
        </Button>
      }
    >
      <form
        id="edit-batch"
        noValidate
        className={styles.fields}
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <Field label="Name" error={refusals.name}>
          <TextInput value={name} maxLength={255} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Description" error={refusals.description}>
          <TextArea
            value={description}
            rows={3}
            className={styles.short}
            onChange={(event) => setDescription(event.target.value)}
          />
        </Field>
        <FieldGroup label="Pipeline" help="On which it is started unless another one is chosen then.">
          <EntityPicker
            kind="pipeline"
            label="Pipeline"
            look="field"
            placeholder="None yet"
            needed={batch.pipeline !== null}
            chosen={pipeline}
            onChoose={(chosen) => setPipeline(chosen?.id ?? null)}
          />
        </FieldGroup>
        {refusals.form !== undefined && (
          <p role="alert" className={styles.wrong}>
            {refusals.form}
          </p>
        )}
      </form>
    </Dialog>
  )
}
