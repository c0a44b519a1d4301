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

/** Other steps make a new version, or a pipeline of their own: what has run stays as it ran. */
export function SaveDialog({ opened, draft, onSaved, onClose }: SaveDialogProps) {
  const [asNew, setAsNew] = useState(false)
  const [note, setNote] = useState('')
  const [name, setName] = useState(`${draft.name} (copy)`)
  const [refused, setRefused] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const saving = useSavePipeline()
  const nameError = refused !== null && asNew && isOfName(refused) ? errorMessage(refused) : undefined

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
      title="Save these steps"
      about={`Runs that were started on ${opened.name} stay as they are: a pipeline that has run is never changed under its runs.`}
      actions={
        <>
          <Button onClick={onClose}>Go on building</Button>
          <Button kind="primary" type="submit" form="save-pipeline" busy={busy}>
            {asNew ? 'Save as a new pipeline' : `Save as version ${opened.version + 1}`}
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
            <small>What is started from now on runs these steps.</small>
          </span>
        </label>
        {!asNew && (
          <div className={styles.more}>
            <Field label="Why" help="Shown with the version; may be empty.">
              <TextArea rows={2} value={note} onChange={(event) => setNote(event.target.value)} />
            </Field>
          </div>
        )}
        <label className={styles.choice}>
          <input type="radio" name="save-as" checked={asNew} onChange={() => setAsNew(true)} />
          <span>
            A new pipeline
            <small>{opened.name} stays as it is.</small>
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

/** The refusal speaks of no step and no version: it is the name. */
export function isOfName(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  const { code, extensions } = error.problem
  return (code === 'CONFLICT' || code === 'BAD_USER_INPUT') && !('step' in extensions) && !('version' in extensions)
}
