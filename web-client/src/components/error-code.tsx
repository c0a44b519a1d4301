import { errorLabel } from '../lib/error-label'
import styles from './error-code.module.css'

/** The error of a step in words, with its code. */
export function ErrorCode({ code }: { code: string }) {
  return (
    <>
      <strong>{errorLabel(code)}</strong> <code className={styles.code}>{code}</code>
    </>
  )
}
