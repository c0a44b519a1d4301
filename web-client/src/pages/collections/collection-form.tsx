import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { Field } from '../../components/field'
import { TextArea, TextInput } from '../../components/text-input'
import { showToast } from '../../components/toast'
import { useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { fieldErrors, type FieldErrors } from '../../lib/field-errors'
import styles from './collection-form.module.css'

const CreateCollection = graphql(`
  mutation CreateCollection($input: CreateCollectionInput!) {
    createCollection(input: $input) { id name }
  }
`)

const UpdateCollection = graphql(`
  mutation UpdateCollection($input: UpdateCollectionInput!) {
    updateCollection(input: $input) { id name description }
  }
`)

interface CollectionFormProps {
  /** The collection to edit. Without it, the form creates a collection. */
  collection?: { id: string; name: string; description: string | null }
  onClose: () => void
  onDone: (id: string) => void
}

export function CollectionForm({ collection, onClose, onDone }: CollectionFormProps) {
  const [name, setName] = useState(collection?.name ?? '')
  const [description, setDescription] = useState(collection?.description ?? '')
  const [errors, setErrors] = useState<FieldErrors<'name' | 'description'>>({})
  const [busy, setBusy] = useState(false)
  const create = useThrowingMutation(CreateCollection)
  const update = useThrowingMutation(UpdateCollection)
  const submit = async () => {
    if (name.trim() === '') {
      setErrors({ name: 'Enter a name that no other collection has.' })
      return
    }
    setBusy(true)
    setErrors({})
    try {
      if (collection) {
        await update({ input: { id: collection.id, name, description } })
        showToast('Collection saved.')
        onDone(collection.id)
      } else {
        const { createCollection: created } = await create({ input: { name, description: description.trim() || null } })
        showToast(`Created collection ${created.name}.`)
        onDone(created.id)
      }
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
      title={collection ? 'Edit collection' : 'New collection'}
      actions={
        <Button kind="primary" type="submit" form="collection" busy={busy}>
          {collection ? 'Save changes' : 'Create'}
        </Button>
      }
    >
      <form
        id="collection"
        noValidate
        className={styles.form}
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
        {errors.form !== undefined && (
          <p role="alert" className={styles.wrong}>
            {errors.form}
          </p>
        )}
      </form>
    </Dialog>
  )
}
