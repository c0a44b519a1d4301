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

/** Edits the name, the description and the default pipeline. The files cannot be changed. */
export function EditBatch({ batch, onClose, onDone }: EditBatchProps) {
  const [name, setName] = useState(batch.name)
  const [description, setDescription] = useState(batch.description ?? '')
  const [pipeline, setPipeline] = useState(batch.pipeline?.id ?? null)
  const [errors, setErrors] = useState<FieldErrors<'name' | 'description'>>({})
  const [busy, setBusy] = useState(false)
  const update = useThrowingMutation(UpdateBatch)
  const submit = async () => {
    setBusy(true)
    setErrors({})
    try {
      await update({
        input: { id: batch.id, name, description, ...(pipeline === null ? {} : { pipelineId: pipeline }) },
      })
      showToast('Batch saved.')
      onDone()
      onClose()
    } catch (error) {
      setErrors(fieldErrors(error, { name: /\bname\b/, description: /\bdescription\b/ }))
      setBusy(false)
    }
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Edit batch"
      about="Existing runs do not change."
      actions={
        <Button kind="primary" type="submit" form="edit-batch" busy={busy}>
          Save changes
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
        <Field label="Name" error={errors.name}>
          <TextInput value={name} maxLength={255} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Description" error={errors.description}>
          <TextArea
            value={description}
            rows={3}
            className={styles.short}
            onChange={(event) => setDescription(event.target.value)}
          />
        </Field>
        <FieldGroup label="Default pipeline" help="You can choose another pipeline when you start the batch.">
          <EntityPicker
            kind="pipeline"
            label="Default pipeline"
            look="field"
            placeholder="None"
            required={batch.pipeline !== null}
            chosen={pipeline}
            onChoose={(chosen) => setPipeline(chosen?.id ?? null)}
          />
        </FieldGroup>
        {errors.form !== undefined && (
          <p role="alert" className={styles.wrong}>
            {errors.form}
          </p>
        )}
      </form>
    </Dialog>
  )
}
