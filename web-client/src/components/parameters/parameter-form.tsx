import { Trash2 } from 'lucide-react'
import { pluralize } from '../../lib/format'
import { Button } from '../button'
import fieldStyles from '../field.module.css'
import { isUniversal, valueText, withValue, type Parameter, type Values } from './parameter'
import { ParameterField } from './parameter-field'
import styles from './parameters.module.css'

interface ParameterFormProps {
  parameters: Parameter[]
  values: Values
  /** Errors by parameter name. */
  errors: ReadonlyMap<string, string>
  onChange: (values: Values) => void
}

/** A form for the parameters of an app. The parameters that every app has are collapsed. */
export function ParameterForm({ parameters, values, errors, onChange }: ParameterFormProps) {
  const own = parameters.filter((parameter) => !isUniversal(parameter))
  const universal = parameters.filter(isUniversal)
  const setCount = universal.filter(({ name }) => name in values).length
  const unknown = Object.keys(values).filter((name) => parameters.every((parameter) => parameter.name !== name))
  const field = (parameter: Parameter) => (
    <ParameterField
      key={parameter.name}
      parameter={parameter}
      value={values[parameter.name]}
      error={errors.get(parameter.name)}
      onChange={(value) => onChange(withValue(values, parameter.name, value))}
    />
  )
  return (
    <div className={styles.form}>
      {own.length === 0 && <p className={styles.none}>This app has no parameters of its own.</p>}
      {own.map(field)}
      {unknown.map((name) => (
        <div key={name} className={styles.parameter} data-set>
          <div className={styles.head}>
            <span className={styles.name}>{name}</span>
            <span className={styles.about}>unknown to the app</span>
          </div>
          <div className={styles.strange}>
            <code>{valueText(values[name] ?? null)}</code>
            <Button
              small
              icon={<Trash2 aria-hidden size={14} />}
              onClick={() => onChange(withValue(values, name, undefined))}
            >
              Remove {name}
            </Button>
            {errors.has(name) && <p className={fieldStyles.error}>{errors.get(name)}</p>}
          </div>
        </div>
      ))}
      {universal.length > 0 && (
        <details className={styles.universal} open={universal.some(({ name }) => errors.has(name)) || undefined}>
          <summary>
            {pluralize(universal.length, 'parameter')} that every app has
            {setCount > 0 && <span>{setCount} set</span>}
          </summary>
          {universal.map(field)}
        </details>
      )}
    </div>
  )
}
