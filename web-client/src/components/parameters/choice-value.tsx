import type { Json } from '../../lib/graphql'
import { Select } from '../select'
import { defaultText, itemsIn, textOf, type Parameter } from './parameter'
import styles from './parameters.module.css'

interface ChoiceValueProps {
  parameter: Parameter
  choices: Json[]
  value: Json | undefined
  onChange: (value: Json | undefined) => void
}

/** One of several choices. */
export function ChoiceValue({ parameter, choices, value, onChange }: ChoiceValueProps) {
  const defaultValue = defaultText(parameter)
  return (
    <Select
      choices={choices.map((choice) => ({ value: textOf(choice), label: textOf(choice) }))}
      chosen={value === undefined ? null : textOf(value)}
      onChoose={(text) => onChange(choices.find((choice) => textOf(choice) === text))}
      placeholder={defaultValue === null ? 'Choose …' : `${defaultValue} (default)`}
    />
  )
}

/** Any number of choices. */
export function ChoicesValue({ parameter, choices, value, onChange }: ChoiceValueProps) {
  const chosen = itemsIn(value ?? parameter.default).map(textOf)
  return (
    <div className={styles.checks}>
      {choices.map((choice) => (
        <label key={textOf(choice)} className={styles.check}>
          <input
            type="checkbox"
            checked={chosen.includes(textOf(choice))}
            onChange={(event) => {
              const next = choices.filter((other) =>
                other === choice ? event.target.checked : chosen.includes(textOf(other)),
              )
              onChange(next.length === 0 ? undefined : next)
            }}
          />
          {textOf(choice)}
        </label>
      ))}
    </div>
  )
}

/** True or false. Shows the value in effect, whether set or default. */
export function BooleanValue({ parameter, value, onChange, name }: Omit<ChoiceValueProps, 'choices'> & { name: string }) {
  const effective = value === undefined ? defaultText(parameter) : textOf(value)
  return (
    <div className={styles.switch} data-set={value !== undefined || undefined}>
      {[true, false].map((choice) => (
        <label key={String(choice)}>
          <input
            type="radio"
            className="unseen"
            name={name}
            checked={effective === String(choice)}
            onChange={() => onChange(choice)}
            onClick={() => onChange(choice)}
          />
          {String(choice)}
        </label>
      ))}
    </div>
  )
}
