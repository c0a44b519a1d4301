import { useState } from 'react'
import { actor } from '../lib/actor'
import { useStoredChoice } from '../lib/stored-choice'
import styles from './actor-name.module.css'
import { Button } from './button'
import { Dialog } from './dialog'
import { Field } from './field'
import { TextInput } from './text-input'

/** The name of the person at this browser. Activity shows it with each of their actions. */
export function ActorName() {
  const name = useStoredChoice(actor)
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className={styles.name} onClick={() => setOpen(true)}>
        {name === '' ? 'Set your name' : name}
      </button>
      <NameDialog key={String(open)} open={open} onClose={() => setOpen(false)} />
    </>
  )
}

function NameDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [draft, setDraft] = useState(actor.get)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Your name"
      about="Chowda has no sign-in yet. Your name shows others in Activity who did what."
      actions={
        <Button kind="primary" type="submit" form="actor-name">
          Save name
        </Button>
      }
    >
      <form
        id="actor-name"
        onSubmit={(event) => {
          event.preventDefault()
          actor.set(draft.trim())
          onClose()
        }}
      >
        <Field label="Name" help="Stored in this browser only. Leave blank to stay anonymous.">
          <TextInput value={draft} maxLength={100} onChange={(event) => setDraft(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  )
}
