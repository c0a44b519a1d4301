import { Field } from '@base-ui/react/field'
import { RotateCcw } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import type { Json } from '../../lib/graphql'
import { Button } from '../button'
import fieldStyles from '../field.module.css'
import { BooleanValue, ChoicesValue, ChoiceValue } from './choice-value'
import { ListValue, MapValue } from './list-value'
import { defaultText, type Parameter } from './parameter'
import { ParameterHelp } from './parameter-help'
import styles from './parameters.module.css'
import { TextValue } from './text-value'

interface ParameterFieldProps {
  parameter: Parameter
  value: Json | undefined
  error?: string | undefined
  onChange: (value: Json | undefined) => void
}

/** A parameter of an app: its name, a control for its type, its default and its description. */
export function ParameterField(props: ParameterFieldProps) {
  const { parameter, value, error, onChange } = props
  const id = useId()
  const choices = parameter.choices?.length ? parameter.choices : null
  const isGroup = parameter.multivalued || parameter.type === 'BOOLEAN'
  const defaultValue = defaultText(parameter)
  const about = (
    <>
      <span className={styles.about}>
        {typeText(parameter)}
        {parameter.required ? <strong> · required</strong> : null}
      </span>
      {value !== undefined && !parameter.required && (
        <Button
          small
          kind="quiet"
          className={styles.reset}
          icon={<RotateCcw aria-hidden size={13} />}
          aria-label={`Reset ${parameter.name} to default`}
          onClick={() => onChange(undefined)}
        >
          Reset
        </Button>
      )}
    </>
  )
  const help = (
    <ParameterHelp description={parameter.description}>
      {defaultValue !== null && (value !== undefined || isGroup) && <span className={styles.default}>Default: {defaultValue}. </span>}
    </ParameterHelp>
  )
  if (isGroup) {
    return (
      <fieldset
        className={styles.parameter}
        data-set={value !== undefined || undefined}
        aria-describedby={error === undefined ? `${id}-help` : `${id}-error ${id}-help`}
      >
        <legend className="unseen">{parameter.name}</legend>
        <div className={styles.head}>
          <span aria-hidden className={styles.name}>
            {parameter.name}
          </span>
          {about}
        </div>
        <div className={styles.body}>
          {groupControl(props, choices, id)}
          {error !== undefined && (
            <p id={`${id}-error`} className={fieldStyles.error}>
              {error}
            </p>
          )}
          <div id={`${id}-help`}>{help}</div>
        </div>
      </fieldset>
    )
  }
  return (
    <Field.Root className={styles.parameter} invalid={error !== undefined} data-set={value !== undefined || undefined}>
      <div className={styles.head}>
        <Field.Label className={styles.name}>{parameter.name}</Field.Label>
        {about}
      </div>
      <div className={styles.body}>
        {choices ? (
          <ChoiceValue parameter={parameter} choices={choices} value={value} onChange={onChange} />
        ) : (
          <TextValue parameter={parameter} value={value} onChange={onChange} />
        )}
        <Field.Error match={error !== undefined} className={fieldStyles.error}>
          {error}
        </Field.Error>
        <Field.Description render={<div />}>{help}</Field.Description>
      </div>
    </Field.Root>
  )
}

function groupControl({ parameter, value, onChange }: ParameterFieldProps, choices: Json[] | null, id: string): ReactNode {
  if (parameter.type === 'MAP') return <MapValue parameter={parameter} value={value} onChange={onChange} />
  if (choices) return <ChoicesValue parameter={parameter} choices={choices} value={value} onChange={onChange} />
  if (parameter.multivalued) return <ListValue parameter={parameter} value={value} onChange={onChange} />
  return <BooleanValue parameter={parameter} value={value} onChange={onChange} name={id} />
}

function typeText({ type, multivalued, choices }: Parameter): string {
  if (type === 'MAP') return 'pairs'
  const one = { INTEGER: 'whole number', NUMBER: 'number', STRING: 'text', BOOLEAN: 'true or false' }[type]
  if (choices?.length) return multivalued ? 'one or more of a list' : 'one of a list'
  return multivalued ? `list of ${one}s` : one
}
