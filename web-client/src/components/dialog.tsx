import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button'
import styles from './dialog.module.css'

interface DialogProps {
  open: boolean
  onClose: () => void
  title: string
  /** One sentence below the title. */
  about?: ReactNode
  children: ReactNode
  /** Buttons. The last one is the main action. */
  actions?: ReactNode
  wide?: boolean
}

export function Dialog({ open, onClose, title, about, children, actions, wide = false }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={wide ? `${styles.popup ?? ''} ${styles.wide ?? ''}` : styles.popup}>
          <header className={styles.header}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <Base.Close render={<Button kind="quiet" small aria-label="Close" icon={<X aria-hidden size={18} />} />} />
          </header>
          {about !== undefined && <Base.Description className={styles.about}>{about}</Base.Description>}
          <div className={styles.body}>{children}</div>
          {actions !== undefined && <footer className={styles.actions}>{actions}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
