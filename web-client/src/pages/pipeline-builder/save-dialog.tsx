import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { Field } from '../../components/field'
import { TextArea, TextInput } from '../../components/text-input'
import type { PipelineDraft } from '../../components/steps/pipeline-draft'
import { ApiError, errorMessage } from '../../lib/mutation'
import styles from './save-dialog.module.css'
import { useSavePipeline, type OpenedPipeline, type SavedPipeline } from './save-pipeline'

interface SaveDialogProps {
  opened: OpenedPipeline
  draft: PipelineDraft
  onSaved: (saved: SavedPipeline) => void
  onClose: () => void
}

/** Saves changed steps as a new version or as a new pipeline. Existing runs keep their version. */
export function SaveDialog({ opened, draft, onSaved, onClose }: SaveDialogProps) {
  const [asNew, setAsNew] = useState(false)
  const [note, setNote] = useState('')
  const [name, setName] = useState(`${draft.name} (copy)`)
  const [refused, setRefused] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const saving = useSavePipeline()
  const nameError = refused !== null && asNew && isNameError(refused) ? errorMessage(refused) : undefined

  const save = async () => {
    setBusy(true)
    setRefused(null)
    try {
      onSaved(asNew ? await saving.asNew({ ...draft, name }) : await saving.over(opened, draft, note))
    } catch (error) {
      setRefused(error)
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title="Save pipeline"
      about={`Existing runs of ${opened.name} keep their version.`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="save-pipeline" busy={busy}>
            {asNew ? 'Save as new pipeline' : `Save as version ${opened.version + 1}`}
          </Button>
        </>
      }
    >
      <form
        id="save-pipeline"
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <label className={styles.choice}>
          <input type="radio" name="save-as" checked={!asNew} onChange={() => setAsNew(false)} />
          <span>
            Version {opened.version + 1} of {draft.name}
            <small>New runs use these steps.</small>
          </span>
        </label>
        {!asNew && (
          <div className={styles.more}>
            <Field label="Note" help="Optional. Shown with the version.">
              <TextArea rows={2} value={note} onChange={(event) => setNote(event.target.value)} />
            </Field>
          </div>
        )}
        <label className={styles.choice}>
          <input type="radio" name="save-as" checked={asNew} onChange={() => setAsNew(true)} />
          <span>
            New pipeline
            <small>{opened.name} does not change.</small>
          </span>
        </label>
        {asNew && (
          <div className={styles.more}>
            <Field label="Name" error={nameError}>
              <TextInput value={name} onChange={(event) => setName(event.target.value)} />
            </Field>
          </div>
        )}
        {refused !== null && nameError === undefined && (
          <p role="alert" className={styles.refused}>
            {errorMessage(refused)}
          </p>
        )}
      </form>
    </Dialog>
  )
}

/** Whether the error is about the name: it names no step and no version. */
export function isNameError(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  const { code, extensions } = error.problem
  return (code === 'CONFLICT' || code === 'BAD_USER_INPUT') && !('step' in extensions) && !('version' in extensions)
}
