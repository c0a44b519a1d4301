import styles from './select-box.module.css'

interface SelectBoxProps {
  label: string
  checked: boolean
  /** Some of its items are selected, but not all. */
  some?: boolean
  onChange: (checked: boolean) => void
  /** -1 if a surrounding control handles the keyboard. */
  tabIndex?: number
}

export function SelectBox({ label, checked, some = false, onChange, tabIndex }: SelectBoxProps) {
  return (
    <input
      type="checkbox"
      className={styles.box}
      aria-label={label}
      checked={checked}
      tabIndex={tabIndex}
      ref={(box) => {
        if (box) box.indeterminate = some
      }}
      onChange={(event) => onChange(event.target.checked)}
    />
  )
}
