import { Combobox as Base } from '@base-ui/react/combobox'
import { Check, ChevronDown } from 'lucide-react'
import styles from './combo-box.module.css'
import type { Choice } from './select'

interface ComboBoxProps<Value extends string> {
  /** The results of the search. */
  choices: Choice<Value>[]
  chosen: Choice<Value> | null
  onChoose: (choice: Choice<Value> | null) => void
  /** Called with the text to search for on the server. */
  onSearch: (text: string) => void
  searching?: boolean
  placeholder: string
  /** Shown if nothing matches. */
  none: string
}

/**
 * Selects one of many items on the server by a part of its name. Use it inside a Field. It also filters the loaded
 * items at once, so that Enter never selects an item that no longer matches.
 */
export function ComboBox<Value extends string>(props: ComboBoxProps<Value>) {
  return (
    <Base.Root
      items={props.choices}
      value={props.chosen}
      onValueChange={props.onChoose}
      onInputValueChange={(text, { reason }) => {
        if (reason !== 'item-press') props.onSearch(text)
      }}
      isItemEqualToValue={(one, other) => one.value === other.value}
      autoHighlight
    >
      <Base.InputGroup className={styles.group}>
        <Base.Input placeholder={props.placeholder} className={styles.input} />
        <Base.Trigger aria-label="Show options" className={styles.trigger}>
          <ChevronDown aria-hidden size={16} />
        </Base.Trigger>
      </Base.InputGroup>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className={styles.place}>
          <Base.Popup className={styles.popup} aria-busy={props.searching}>
            <Base.Empty>
              <p className={styles.none}>{props.searching === true ? 'Searching …' : props.none}</p>
            </Base.Empty>
            <Base.List>
              {(choice: Choice<Value>) => (
                <Base.Item key={choice.value} value={choice} className={styles.item}>
                  <span>
                    {choice.label}
                    {choice.about !== undefined && <small className={styles.about}>{choice.about}</small>}
                  </span>
                  <Base.ItemIndicator>
                    <Check aria-hidden size={16} />
                  </Base.ItemIndicator>
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
