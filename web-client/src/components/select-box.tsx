import styles from './select-box.module.css'

interface SelectBoxProps {
  label: string
  checked: boolean
  /** Some of what it stands for are. */
  some?: boolean
  onChange: (checked: boolean) => void
}

export function SelectBox({ label, checked, some = false, onChange }: SelectBoxProps) {
  return (
    <input
      type="checkbox"
      className={styles.box}
      aria-label={label}
      checked={checked}
      ref={(box) => {
        if (box) box.indeterminate = some
      }}
      onChange={(event) => onChange(event.target.checked)}
    />
  )
}
