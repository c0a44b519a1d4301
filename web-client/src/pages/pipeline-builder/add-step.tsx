import { Combobox } from '@base-ui/react/combobox'
import { Plus, Search } from 'lucide-react'
import { useState } from 'react'
import buttonStyles from '../../components/button.module.css'
import selectStyles from '../../components/select.module.css'
import { TypeChip, TypeChips } from '../../components/type-chip'
import { fitsAfter, type BuilderApp } from './builder-apps'
import styles from './add-step.module.css'

interface AddStepProps {
  apps: readonly BuilderApp[]
  /** The apps of the existing steps. */
  earlier: BuilderApp[]
  onAdd: (app: BuilderApp) => void
}

/** Adds a step. It lists the apps whose inputs are available first. */
export function AddStep({ apps, earlier, onAdd }: AddStepProps) {
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const found = apps.filter((app) => app.active && matches(app, text))
  const groups = [
    { label: 'Ready to use', apps: found.filter((app) => fitsAfter(app, earlier)) },
    { label: 'Missing input', apps: found.filter((app) => !fitsAfter(app, earlier)) },
  ].filter((group) => group.apps.length > 0)
  return (
    <Combobox.Root<BuilderApp>
      value={null}
      onValueChange={(app) => app && onAdd(app)}
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        if (next) setText('')
      }}
      inputValue={text}
      onInputValueChange={setText}
      filter={null}
      autoHighlight
      itemToStringLabel={(app) => app.name}
    >
      <Combobox.Trigger aria-label="Add step" className={`${buttonStyles.button ?? ''} ${styles.trigger ?? ''}`}>
        <Plus aria-hidden size={17} />
        Add step
      </Combobox.Trigger>
      <Combobox.Portal>
        <Combobox.Positioner align="start" sideOffset={6} className={selectStyles.place}>
          <Combobox.Popup aria-label="Apps" className={styles.popup}>
            <label className={styles.search}>
              <Search aria-hidden size={16} />
              <Combobox.Input
                aria-label="Search apps"
                placeholder="Name, description, or a type such as TimeFrame"
                className={styles.input}
              />
            </label>
            <Combobox.Status className={styles.status}>
              {groups.length === 0 ? 'No app matches.' : null}
            </Combobox.Status>
            <Combobox.List className={styles.list}>
              {groups.map((group) => (
                <Combobox.Group key={group.label}>
                  <Combobox.GroupLabel className={styles.group}>{group.label}</Combobox.GroupLabel>
                  {group.apps.map((app) => (
                    <Combobox.Item key={app.id} value={app} className={styles.item}>
                      <span className={styles.name}>
                        <b>{app.name}</b>
                        <small>{app.version}</small>
                        {app.endpoint === null && <small>not running yet</small>}
                      </span>
                      {app.description !== null && <span className={styles.about}>{app.description}</span>}
                      <span className={styles.types}>
                        <Types app={app} />
                      </span>
                    </Combobox.Item>
                  ))}
                </Combobox.Group>
              ))}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  )
}

function Types({ app }: { app: BuilderApp }) {
  const requiredInputs = app.inputs.filter(({ required }) => required)
  return (
    <>
      <TypeChips label="Inputs">
        {requiredInputs.map(({ oneOf }) => (
          <TypeChip key={oneOf.map(({ name }) => name).join()} names={oneOf.map(({ name }) => name)} />
        ))}
      </TypeChips>
      <span aria-hidden>→</span>
      <TypeChips label="Outputs">
        {app.outputs.map(({ name }) => (
          <TypeChip key={name} names={[name]} />
        ))}
      </TypeChips>
    </>
  )
}

function matches(app: BuilderApp, text: string): boolean {
  const types = [...app.inputs.flatMap(({ oneOf }) => oneOf), ...app.outputs].map(({ name }) => name)
  const searchable = [app.name, app.identifier, app.description ?? '', ...types].join('\n').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => searchable.includes(word))
}
