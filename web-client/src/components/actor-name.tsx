import { useState } from 'react'
import { actor } from '../lib/actor'
import { useStoredChoice } from '../lib/stored-choice'
import styles from './actor-name.module.css'
import { Button } from './button'
import { Dialog } from './dialog'
import { Field } from './field'
import { TextInput } from './text-input'

/** Who sits here: Activity shows it beside what they do. */
export function ActorName() {
  const name = useStoredChoice(actor)
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className={styles.name} onClick={() => setOpen(true)}>
        {name === '' ? 'Say who you are' : name}
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
      title="Who are you?"
      about="There is no sign-in yet. A name lets the others see in Activity who did what."
      actions={
        <Button kind="primary" type="submit" form="actor-name">
          Keep it
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
        <Field label="Your name" help="Kept in this browser alone. Empty: nobody in particular.">
          <TextInput value={draft} maxLength={100} onChange={(event) => setDraft(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  )
}
