import { Toast as Base } from '@base-ui/react/toast'
import { Check, TriangleAlert, X } from 'lucide-react'
import { Button } from './button'
import styles from './toast.module.css'

const toasts = Base.createToastManager()

/** Reports success. The toast closes by itself. */
export function showToast(message: string): void {
  toasts.add({ title: message, type: 'done', timeout: 6_000 })
}

/** Reports a failure and its reason. The toast stays until it is dismissed. */
export function showErrorToast(title: string, message: string): void {
  toasts.add({ title, description: message, type: 'failure', timeout: 0, priority: 'high' })
}

export function Toasts() {
  return (
    <Base.Provider toastManager={toasts}>
      <Base.Portal>
        <Base.Viewport className={styles.viewport}>
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}

function List() {
  const { toasts: shown } = Base.useToastManager()
  return shown.map((toast) => (
    <Base.Root key={toast.id} toast={toast} className={styles.toast} data-kind={toast.type}>
      {toast.type === 'failure' ? <TriangleAlert aria-hidden size={18} /> : <Check aria-hidden size={18} />}
      <div>
        <Base.Title className={styles.title} />
        <Base.Description className={styles.description} />
      </div>
      <Base.Close render={<Button kind="quiet" small aria-label="Dismiss" icon={<X aria-hidden size={16} />} />} />
    </Base.Root>
  ))
}
