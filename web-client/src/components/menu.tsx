import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import styles from './menu.module.css'

/** A menu of actions. `trigger`: the button that opens it. */
export function Menu({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={4} className={styles.place}>
          <Base.Popup className={styles.popup}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

interface MenuItemProps {
  icon?: ReactNode
  danger?: boolean
  disabled?: boolean
  onChoose: () => void
  children: ReactNode
}

export function MenuItem({ icon, danger = false, disabled = false, onChoose, children }: MenuItemProps) {
  return (
    <Base.Item
      className={danger ? `${styles.item ?? ''} ${styles.danger ?? ''}` : styles.item}
      disabled={disabled}
      onClick={onChoose}
    >
      {icon}
      {children}
    </Base.Item>
  )
}
