import { CircleAlert, Info } from 'lucide-react'
import { ParameterForm } from '../../components/parameters/parameter-form'
import { Panel } from '../../components/panel'
import type { StepCheck } from '../../components/steps/step-checks'
import type { DraftStep } from '../../components/steps/pipeline-draft'
import type { BuilderApp } from './builder-apps'
import { RetryForm } from './retry-form'
import styles from './step-inspector.module.css'

interface StepInspectorProps {
  step: DraftStep
  position: number
  app: BuilderApp | undefined
  check: StepCheck | undefined
  onChange: (step: DraftStep) => void
}

/** The selected step: its app, problems, parameters and retries. */
export function StepInspector({ step, position, app, check, onChange }: StepInspectorProps) {
  const problems = check?.problems ?? []
  const errors = new Map<string, string>()
  for (const { parameter, message } of problems) {
    if (parameter !== null && !errors.has(parameter)) errors.set(parameter, message)
  }
  const stepProblems = problems.filter(({ parameter }) => parameter === null)
  return (
    <Panel
      title={`Step ${position}: ${app?.name ?? step.appId}`}
      beside={app && <span className={styles.version}>{app.identifier}</span>}
    >
      {stepProblems.length > 0 && (
        <ul className={styles.problems} aria-label="Problems of this step">
          {stepProblems.map(({ message }) => (
            <li key={message}>
              <CircleAlert aria-hidden size={16} />
              {message}
            </li>
          ))}
        </ul>
      )}
      {app && <Notes app={app} />}
      <h3 className={styles.heading}>Parameters</h3>
      <ParameterForm
        parameters={app?.parameters ?? []}
        values={step.parameters}
        errors={errors}
        onChange={(parameters) => onChange({ ...step, parameters })}
      />
      <h3 className={styles.heading}>On failure</h3>
      <RetryForm retry={step.retry} onChange={(retry) => onChange({ ...step, retry })} />
    </Panel>
  )
}

function Notes({ app }: { app: BuilderApp }) {
  return (
    <>
      {app.description !== null && <p className={styles.about}>{app.description}</p>}
      {app.endpoint === null && (
        <p className={styles.note}>
          <Info aria-hidden size={16} />
          This app has imported metadata but no address. You can save the pipeline. To start it, set the address of the
          app.
        </p>
      )}
    </>
  )
}
