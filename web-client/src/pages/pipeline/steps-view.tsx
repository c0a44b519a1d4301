import { Link } from '@tanstack/react-router'
import { RefreshCcw } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button'
import { isUniversal, ParameterFields, valuesIn, valueText } from '../../components/parameters/parameter'
import { TypeChip, TypeChips } from '../../components/type-chip'
import { errorLabel } from '../../lib/error-label'
import { graphql, type ResultOf } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import styles from './steps-view.module.css'

export const StepView = graphql(
  `
    fragment StepView on PipelineStep @_unmask {
      position
      app {
        id
        name
        version
        identifier
        inputs { oneOf { name } required }
        outputs { name }
        parameters { ...ParameterFields }
      }
      parameters
      effectiveParameters
      retry { attempts codes }
    }
  `,
  [ParameterFields],
)

type Step = ResultOf<typeof StepView>

/** The steps in order, each with its effective parameters. */
export function StepsView({ steps }: { steps: Step[] }) {
  return (
    <ol className={styles.steps}>
      {steps.map((step) => (
        <StepItem key={step.position} step={step} />
      ))}
    </ol>
  )
}

function StepItem({ step }: { step: Step }) {
  const { app, position, retry } = step
  const [all, setAll] = useState(false)
  const set = valuesIn(step.parameters)
  const effective = Object.entries(valuesIn(step.effectiveParameters))
  const shown = effective.filter(([name]) => all || name in set)
  const universal = new Set(app.parameters.filter(isUniversal).map(({ name }) => name))
  const defaults = effective.length - Object.keys(set).length
  return (
    <li className={styles.step}>
      <span aria-hidden className={styles.position}>
        {position}
      </span>
      <section aria-label={`Step ${position}: ${app.name}`} className={styles.sheet}>
        <header className={styles.head}>
          <h2>
            <Link to="/apps/$appId" params={{ appId: app.id }}>
              {app.name}
            </Link>
          </h2>
          <span className={styles.version}>{app.version}</span>
          {retry && (
            <span className={styles.retry} title={retry.codes?.map(errorLabel).join(', ')}>
              <RefreshCcw aria-hidden size={13} />
              up to {pluralize(retry.attempts, 'call')}
              {retry.codes && `, for ${pluralize(retry.codes.length, 'error')}`}
            </span>
          )}
          <div className={styles.types}>
            <TypeChips label="Inputs">
              {app.inputs
                .filter(({ required }) => required)
                .map(({ oneOf }) => (
                  <TypeChip key={oneOf.map(({ name }) => name).join()} names={oneOf.map(({ name }) => name)} />
                ))}
            </TypeChips>
            <span aria-hidden>→</span>
            <TypeChips label="Outputs">
              {app.outputs.map(({ name }) => (
                <TypeChip key={name} names={[name]} />
              ))}
            </TypeChips>
          </div>
        </header>
        <div className={styles.body}>
          {shown.length > 0 && (
            <dl className={styles.parameters}>
              {shown.map(([name, value]) => (
                <div key={name} data-set={name in set || undefined} data-universal={universal.has(name) || undefined}>
                  <dt>{name}</dt>
                  <dd>
                    {valueText(value)}
                    {!(name in set) && <small>default</small>}
                  </dd>
                </div>
              ))}
            </dl>
          )}
          {shown.length === 0 && <p className={styles.quiet}>All parameters have their defaults.</p>}
          {defaults > 0 && (
            <Button small kind="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? 'Hide defaults' : `Show ${pluralize(defaults, 'default')}`}
            </Button>
          )}
        </div>
      </section>
    </li>
  )
}
