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
  /** The one to change; left out: a new one. */
  collection?: { id: string; name: string; description: string | null }
  onClose: () => void
  onDone: (id: string) => void
}

export function CollectionForm({ collection, onClose, onDone }: CollectionFormProps) {
  const [name, setName] = useState(collection?.name ?? '')
  const [description, setDescription] = useState(collection?.description ?? '')
  const [refusals, setRefusals] = useState<FieldErrors<'name' | 'description'>>({})
  const [busy, setBusy] = useState(false)
  const create = useThrowingMutation(CreateCollection)
  const update = useThrowingMutation(UpdateCollection)
  const submit = async () => {
    if (name.trim() === '') {
      setRefusals({ name: 'Give it a name that no other collection has.' })
      return
    }
    setBusy(true)
    setRefusals({})
    try {
      if (collection) {
        await update({ input: { id: collection.id, name, description } })
        showToast('The collection was changed.')
        onDone(collection.id)
      } else {
        const { createCollection: made } = await create({ input: { name, description: description.trim() || null } })
        showToast(`The collection ${made.name} is there.`)
        onDone(made.id)
      }
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
      title={collection ? 'Change the collection' : 'New collection'}
      actions={
        <Button kind="primary" type="submit" form="collection" busy={busy}>
          {collection ? 'Keep the change' : 'Make it'}
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
        {refusals.form !== undefined && (
          <p role="alert" className={styles.wrong}>
            {refusals.form}
          </p>
        )}
      </form>
    </Dialog>
  )
}
