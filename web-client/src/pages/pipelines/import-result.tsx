import { CircleAlert, CircleCheck, ClipboardPaste } from 'lucide-react'
import { EmptyState } from '../../components/empty-state'
import { Field } from '../../components/field'
import { Loading } from '../../components/loading'
import { valuesIn, valueText } from '../../components/parameters/parameter'
import { Select } from '../../components/select'
import { TextInput } from '../../components/text-input'
import { pluralize } from '../../lib/format'
import type { ImportCheck, Imported } from './import-check'
import styles from './import-page.module.css'

interface ImportSettings {
  name: string
  asNewVersion: boolean
  apps: Readonly<Record<number, string>>
}

interface ImportResultProps extends ImportSettings {
  check: ImportCheck
  failure: string | null
  onSettings: (part: Partial<ImportSettings>) => void
}

/** Preview of an import: its result, its problems, and settings that can fix them. */
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
    if (!check.current) return <Loading label="Loading preview …" lines={4} />
    return (
      <EmptyState icon={<ClipboardPaste size={26} />} title="No text yet">
        Paste a pipeline or a recipe, or drop its file. A preview appears here.
      </EmptyState>
    )
  }
  const offersNewVersion = found.outcome === 'NEW_VERSION' || found.pipeline !== null || asNewVersion
  return (
    <div className={styles.result} aria-busy={!check.current}>
      <Outcome found={found} />
      {found.problems.length > 0 && (
        <ul className={styles.problems} aria-label="Problems">
          {found.problems.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
      <div className={styles.settings}>
        <Field label="Name" help="Leave blank to use the name in the text.">
          <TextInput
            value={name}
            placeholder={found.name ?? 'The text has no name'}
            onChange={(event) => onSettings({ name: event.target.value })}
          />
        </Field>
        {(offersNewVersion || isNameTaken(found)) && (
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={asNewVersion}
              onChange={(event) => onSettings({ asNewVersion: event.target.checked })}
            />
            Import as a new version of the existing pipeline with this name
          </label>
        )}
      </div>
      {found.changes.length > 0 && (
        <div>
          <h3>Changes from the newest version</h3>
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
          Ignored, because Chowda does not use it: {found.ignored.join(', ')}.
        </p>
      )}
    </div>
  )
}

function Outcome({ found }: { found: Imported }) {
  const steps = pluralize(found.steps.length, 'step')
  const text = {
    CREATED: `A new pipeline, ${found.name ?? ''}, with ${steps}.`,
    NEW_VERSION: `A new version of ${found.name ?? ''}, with ${steps}.`,
    UNCHANGED: `${found.name ?? ''} has these steps already. Nothing to import.`,
    REFUSED: `Can’t import yet: ${pluralize(found.problems.length, 'problem')}.`,
  }[found.outcome]
  const refused = found.outcome === 'REFUSED'
  return (
    <p role="status" className={styles.outcome} data-refused={refused || undefined}>
      {refused ? <CircleAlert aria-hidden size={18} /> : <CircleCheck aria-hidden size={18} />}
      {text}
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
        <small>{app ? `${app.version ?? ''}${app.endpoint === null ? ', not running yet' : ''}` : 'not registered'}</small>
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
          placeholder="Select another app …"
        />
      )}
      {parameters.length > 0 && (
        <p className={styles.values}>{parameters.map(([name, value]) => `${name}: ${valueText(value)}`).join(' · ')}</p>
      )}
    </li>
  )
}

/** Whether the name belongs to an existing pipeline, so that only a new version can be imported. */
function isNameTaken({ problems }: Imported): boolean {
  return problems.some(({ message }) => message.includes('asNewVersion'))
}
