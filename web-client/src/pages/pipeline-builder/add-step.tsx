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
  /** Those of the steps that there are. */
  earlier: BuilderApp[]
  onAdd: (app: BuilderApp) => void
}

/** Finds an app, those first that get what they take from what is there. */
export function AddStep({ apps, earlier, onAdd }: AddStepProps) {
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const found = apps.filter((app) => app.active && mentions(app, text))
  const groups = [
    { label: 'Get what they take', apps: found.filter((app) => fitsAfter(app, earlier)) },
    { label: 'Take what no step gives yet', apps: found.filter((app) => !fitsAfter(app, earlier)) },
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
      <Combobox.Trigger aria-label="Add a step" className={`${buttonStyles.button ?? ''} ${styles.trigger ?? ''}`}>
        <Plus aria-hidden size={17} />
        Add a step
      </Combobox.Trigger>
      <Combobox.Portal>
        <Combobox.Positioner align="start" sideOffset={6} className={selectStyles.place}>
          <Combobox.Popup aria-label="Apps" className={styles.popup}>
            <label className={styles.search}>
              <Search aria-hidden size={16} />
              <Combobox.Input
                aria-label="Find an app"
                placeholder="Name, what it does, or a type such as TimeFrame"
                className={styles.input}
              />
            </label>
            <Combobox.Status className={styles.status}>
              {groups.length === 0 ? 'No app is found by that.' : null}
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
  const takes = app.inputs.filter(({ required }) => required)
  return (
    <>
      <TypeChips label="Takes">
        {takes.map(({ oneOf }) => (
          <TypeChip key={oneOf.map(({ name }) => name).join()} names={oneOf.map(({ name }) => name)} />
        ))}
      </TypeChips>
      <span aria-hidden>→</span>
      <TypeChips label="Gives">
        {app.outputs.map(({ name }) => (
          <TypeChip key={name} names={[name]} />
        ))}
      </TypeChips>
    </>
  )
}

function mentions(app: BuilderApp, text: string): boolean {
  const types = [...app.inputs.flatMap(({ oneOf }) => oneOf), ...app.outputs].map(({ name }) => name)
  const told = [app.name, app.identifier, app.description ?? '', ...types].join('\n').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => told.includes(word))
}
