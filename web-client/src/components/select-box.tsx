import styles from './select-box.module.css'

interface SelectBoxProps {
  label: string
  checked: boolean
  /** Some of what it stands for are. */
  some?: boolean
  onChange: (checked: boolean) => void
  /** -1: the keys of what is around it reach it. */
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
