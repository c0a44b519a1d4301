import { CircleAlert, CircleCheck, ClipboardPaste } from 'lucide-react'
import { EmptyState } from '../../components/empty-state'
import { Field } from '../../components/field'
import { Loading } from '../../components/loading'
import { valuesIn, valueWords } from '../../components/parameters/parameter'
import { Select } from '../../components/select'
import { TextInput } from '../../components/text-input'
import { pluralize } from '../../lib/format'
import type { ImportCheck, Imported } from './import-check'
import styles from './import-page.module.css'

interface Chosen {
  name: string
  asNewVersion: boolean
  apps: Readonly<Record<number, string>>
}

interface ImportResultProps extends Chosen {
  check: ImportCheck
  failure: string | null
  onSettings: (part: Partial<Chosen>) => void
}

/** What an import would do, what is in its way, and what can be done about that here. */
export function ImportResult({ check, failure, name, asNewVersion, apps, onSettings }: ImportResultProps) {
  const { found } = check
  if (failure !== null) {
    return (
      <p role="alert" className={styles.failure}>
        {failure}
      </p>
    )
  }
  if (!found) {
    if (!check.current) return <Loading label="Reading it …" lines={4} />
    return (
      <EmptyState icon={<ClipboardPaste size={26} />} title="Nothing to read yet">
        Paste a pipeline or a recipe at the left, or drop its file there. What it would become, and what is wrong with
        it, shows here.
      </EmptyState>
    )
  }
  const isTaken = found.outcome === 'NEW_VERSION' || found.pipeline !== null || asNewVersion
  return (
    <div className={styles.result} aria-busy={!check.current}>
      <Outcome found={found} />
      {found.problems.length > 0 && (
        <ul className={styles.problems} aria-label="What is wrong">
          {found.problems.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
      <div className={styles.settings}>
        <Field label="Name" help="Empty: as the text says.">
          <TextInput
            value={name}
            placeholder={found.name ?? 'The text gives none'}
            onChange={(event) => onSettings({ name: event.target.value })}
          />
        </Field>
        {(isTaken || isNameTaken(found)) && (
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={asNewVersion}
              onChange={(event) => onSettings({ asNewVersion: event.target.checked })}
            />
            As a new version of the pipeline that has this name
          </label>
        )}
      </div>
      {found.changes.length > 0 && (
        <div>
          <h3>What would differ from the newest version</h3>
          <ul className={styles.words}>
            {found.changes.map(({ words }) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </div>
      )}
      {found.steps.length > 0 && (
        <ol className={styles.steps}>
          {found.steps.map((step) => (
            <Step
              key={step.position}
              step={step}
              chosen={apps[step.position] ?? null}
              onChoose={(appId) => onSettings({ apps: { ...apps, [step.position]: appId } })}
            />
          ))}
        </ol>
      )}
      {found.ignored.length > 0 && (
        <p className={styles.ignored}>
          Says nothing to Chowda, and is left out: {found.ignored.join(', ')}.
        </p>
      )}
    </div>
  )
}

function Outcome({ found }: { found: Imported }) {
  const steps = pluralize(found.steps.length, 'step')
  const words = {
    CREATED: `A new pipeline, ${found.name ?? ''}, with ${steps}.`,
    NEW_VERSION: `A new version of ${found.name ?? ''}, with ${steps}.`,
    UNCHANGED: `${found.name ?? ''} has these steps already: there is nothing to import.`,
    REFUSED: `It can’t be imported so: ${pluralize(found.problems.length, 'problem')}.`,
  }[found.outcome]
  const refused = found.outcome === 'REFUSED'
  return (
    <p role="status" className={styles.outcome} data-refused={refused || undefined}>
      {refused ? <CircleAlert aria-hidden size={18} /> : <CircleCheck aria-hidden size={18} />}
      {words}
    </p>
  )
}

interface StepProps {
  step: Imported['steps'][number]
  chosen: string | null
  onChoose: (appId: string) => void
}

function Step({ step, chosen, onChoose }: StepProps) {
  const { position, wanted, app, choices } = step
  const parameters = Object.entries(valuesIn(step.parameters))
  return (
    <li data-wrong={app === null || undefined}>
      <p>
        <b>{position}</b> {app ? app.name : wanted}
        <small>{app ? `${app.version ?? ''}${app.endpoint === null ? ', not running yet' : ''}` : 'not registered here'}</small>
      </p>
      {(choices.length > 0 || chosen !== null) && (
        <Select
          label={`App for step ${position}`}
          choices={(choices.length > 0 ? choices : app ? [app] : []).map(({ id, name, identifier }) => ({
            value: id,
            label: name,
            about: identifier,
          }))}
          chosen={chosen}
          onChoose={onChoose}
          placeholder="Use instead …"
        />
      )}
      {parameters.length > 0 && (
        <p className={styles.values}>{parameters.map(([name, value]) => `${name}: ${valueWords(value)}`).join(' · ')}</p>
      )}
    </li>
  )
}

/** It would be a new version, if that were asked for. */
function isNameTaken({ problems }: Imported): boolean {
  return problems.some(({ message }) => message.includes('asNewVersion'))
}
