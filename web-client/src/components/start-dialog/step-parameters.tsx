import { useMemo, useState } from 'react'
import { pluralize } from '../../lib/format'
import { ParameterForm } from '../parameters/parameter-form'
import type { Values } from '../parameters/parameter'
import { useStepChecks } from '../steps/step-checks'
import { overrideOf } from './overrides'
import styles from './start-dialog.module.css'
import type { StepToStart } from './pipeline-to-start'

interface StepParametersProps {
  steps: StepToStart[]
  onChange: (position: number, values: Values) => void
}

/** The apps' parameters as forms, collapsed by default. */
export function StepParameters({ steps, onChange }: StepParametersProps) {
  const [open, setOpen] = useState(false)
  const overrides = steps.reduce(
    (sum, { pipelineValues, draft }) => sum + Object.keys(overrideOf(pipelineValues, draft.parameters)).length,
    0,
  )
  return (
    <details className={styles.parameters} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Override parameters
        {overrides > 0 && <span>{pluralize(overrides, 'override')}</span>}
      </summary>
      {open && <Forms steps={steps} onChange={onChange} />}
    </details>
  )
}

function Forms({ steps, onChange }: StepParametersProps) {
  const drafts = useMemo(() => steps.map(({ draft }) => draft), [steps])
  const { found } = useStepChecks(drafts)
  return steps.map(({ position, app, draft }) => {
    const problems = found.get(draft.key)?.problems ?? []
    const errors = new Map(problems.flatMap(({ parameter, message }) => (parameter === null ? [] : [[parameter, message]])))
    return (
      <fieldset key={draft.key}>
        <legend>
          {position}. {app.name}
        </legend>
        <ParameterForm
          parameters={app.parameters}
          values={draft.parameters}
          errors={errors}
          onChange={(values) => onChange(position, values)}
        />
      </fieldset>
    )
  })
}
