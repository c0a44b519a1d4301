import { Combobox as Base } from '@base-ui/react/combobox'
import { Check, ChevronDown } from 'lucide-react'
import styles from './combo-box.module.css'
import type { Choice } from './select'

interface ComboBoxProps<Value extends string> {
  /** Those that the search found. */
  choices: Choice<Value>[]
  chosen: Choice<Value> | null
  onChoose: (choice: Choice<Value> | null) => void
  /** The server is asked what matches. */
  onSearch: (text: string) => void
  searching?: boolean
  placeholder: string
  /** Shown where nothing matches. */
  none: string
}

/**
 * Chooses one of many that the server knows, by typing a part of its name. Inside a Field. What is there already is
 * narrowed down here at once, so that Enter never takes what no longer matches.
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
        <Base.Trigger aria-label="Show them" className={styles.trigger}>
          <ChevronDown aria-hidden size={16} />
        </Base.Trigger>
      </Base.InputGroup>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className={styles.place}>
          <Base.Popup className={styles.popup} aria-busy={props.searching}>
            <Base.Empty>
              <p className={styles.none}>{props.searching === true ? 'Looking …' : props.none}</p>
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
