import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { Field } from '../../components/field'
import { TextInput } from '../../components/text-input'
import { showToast } from '../../components/toast'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { toInput, validateDraft, newDraft, type DocumentErrors } from './document-draft'
import { DocumentFields } from './document-fields'
import styles from './media-form.module.css'

const AddMediaFiles = graphql(`
  mutation AddMediaFiles($input: [MediaFileInput!]!) {
    addMediaFiles(input: $input) { guid }
  }
`)

/** Adds one media file by hand. */
export function AddMediaFile({ onClose }: { onClose: () => void }) {
  const [guid, setGuid] = useState('')
  const [documents, setDocuments] = useState(() => [newDraft()])
  const [errors, setErrors] = useState<{ guid?: string; documents: DocumentErrors[] }>({ documents: [] })
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const navigate = useNavigate()
  const add = useThrowingMutation(AddMediaFiles)
  const submit = async () => {
    const documentErrors = documents.map(validateDraft)
    const noGuid = guid.trim() === ''
    setErrors({ documents: documentErrors, ...(noGuid ? { guid: 'Enter a GUID.' } : {}) })
    setFailure(null)
    if (noGuid || documentErrors.some((each) => Object.keys(each).length > 0)) return
    setBusy(true)
    try {
      const { addMediaFiles } = await add({ input: [{ guid: guid.trim(), documents: documents.map(toInput) }] })
      const added = addMediaFiles[0]?.guid ?? guid.trim()
      showToast(`Added ${added}.`)
      await navigate({ to: '/media/$guid', params: { guid: added } })
    } catch (error) {
      setFailure(errorMessage(error))
      setBusy(false)
    }
  }
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Add media file"
      about="Chowda does not open the documents. It passes their locations to the apps."
      actions={
        <Button kind="primary" type="submit" form="add-media-file" busy={busy}>
          Add
        </Button>
      }
    >
      <form
        id="add-media-file"
        noValidate
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <Field label="GUID" error={errors.guid}>
          <TextInput
            value={guid}
            maxLength={255}
            spellCheck={false}
            placeholder="cpb-aacip-507-0r9m32nr3f"
            onChange={(event) => setGuid(event.target.value)}
          />
        </Field>
        <DocumentFields documents={documents} errors={errors.documents} onChange={setDocuments} />
        {failure !== null && (
          <p role="alert" className={styles.wrong}>
            {failure}
          </p>
        )}
      </form>
    </Dialog>
  )
}
