import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { showToast } from '../../components/toast'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { toDraft, toInput, validateDraft, type DocumentErrors } from './document-draft'
import { DocumentFields } from './document-fields'
import type { MediaFileDetails } from './media-file-query'
import styles from './media-form.module.css'

const UpdateMediaFile = graphql(`
  mutation UpdateMediaFile($input: UpdateMediaFileInput!) {
    updateMediaFile(input: $input) { guid revision }
  }
`)

interface EditDocumentsProps {
  file: MediaFileDetails
  onClose: () => void
  onDone: () => void
}

export function EditDocuments({ file, onClose, onDone }: EditDocumentsProps) {
  const [documents, setDocuments] = useState(() => file.documents.map(toDraft))
  const [errors, setErrors] = useState<DocumentErrors[]>([])
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const update = useThrowingMutation(UpdateMediaFile)
  const submit = async () => {
    const newErrors = documents.map(validateDraft)
    setErrors(newErrors)
    setFailure(null)
    if (newErrors.some((each) => Object.keys(each).length > 0)) return
    setBusy(true)
    try {
      await update({ input: { guid: file.guid, revision: file.revision, documents: documents.map(toInput) } })
      showToast('Documents saved.')
      onDone()
      onClose()
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
      title="Edit documents"
      about="Existing MMIF of this file does not change."
      actions={
        <Button kind="primary" type="submit" form="edit-documents" busy={busy}>
          Save changes
        </Button>
      }
    >
      <form
        id="edit-documents"
        noValidate
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <DocumentFields documents={documents} errors={errors} onChange={setDocuments} />
        {failure !== null && (
          <p role="alert" className={styles.wrong}>
            {failure}
          </p>
        )}
      </form>
    </Dialog>
  )
}
