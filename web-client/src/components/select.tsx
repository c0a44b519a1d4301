import { Select as Base } from '@base-ui/react/select'
import { Check, ChevronDown } from 'lucide-react'
import styles from './select.module.css'

export interface Choice<Value extends string> {
  value: Value
  label: string
  /** Smaller, below the label. */
  about?: string
}

interface SelectProps<Value extends string> {
  /** Name for screen readers. Not needed inside a Field. */
  label?: string
  choices: Choice<Value>[]
  chosen: Value | null
  onChoose: (value: Value) => void
  placeholder?: string
  disabled?: boolean
}

export function Select<Value extends string>({
  label,
  choices,
  chosen,
  onChoose,
  placeholder = 'Choose …',
  disabled = false,
}: SelectProps<Value>) {
  return (
    <Base.Root
      items={choices}
      value={chosen}
      disabled={disabled}
      onValueChange={(value) => value !== null && onChoose(value)}
    >
      <Base.Trigger aria-label={label} className={styles.trigger}>
        <Base.Value placeholder={placeholder} className={styles.value} />
        <Base.Icon className={styles.icon}>
          <ChevronDown aria-hidden size={16} />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className={styles.place}>
          <Base.Popup className={styles.popup}>
            {choices.map((choice) => (
              <Base.Item key={choice.value} value={choice.value} className={styles.item}>
                <span>
                  <Base.ItemText>{choice.label}</Base.ItemText>
                  {choice.about !== undefined && <small className={styles.about}>{choice.about}</small>}
                </span>
                <Base.ItemIndicator>
                  <Check aria-hidden size={16} />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
