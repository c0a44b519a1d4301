import { Select as Base } from '@base-ui/react/select'
import { Check, ChevronDown } from 'lucide-react'
import styles from './facet.module.css'
import selectStyles from './select.module.css'

interface FacetProps<Value extends string> {
  label: string
  choices: readonly { value: Value; label: string }[]
  /** Empty: any value. */
  chosen: readonly Value[]
  onChoose: (values: Value[]) => void
}

/** A filter by one or more of a few values. */
export function Facet<Value extends string>({ label, choices, chosen, onChoose }: FacetProps<Value>) {
  const names = choices.filter((choice) => chosen.includes(choice.value)).map((choice) => choice.label)
  return (
    <Base.Root multiple items={choices} value={chosen} onValueChange={(values: Value[]) => onChoose(values)}>
      <Base.Trigger aria-label={label} className={styles.trigger} data-on={names.length > 0 || undefined}>
        <span className={styles.label}>{label}</span>
        {names.length > 0 && <span className={styles.value}>{names.join(', ')}</span>}
        <ChevronDown aria-hidden size={15} />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className={selectStyles.place}>
          <Base.Popup className={selectStyles.popup}>
            {choices.map((choice) => (
              <Base.Item key={choice.value} value={choice.value} className={selectStyles.item}>
                <Base.ItemText>{choice.label}</Base.ItemText>
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
