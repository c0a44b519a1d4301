import { Loading } from './loading'
import styles from './page.module.css'

/** Shown while the code of a page loads. */
export function PageLoading() {
  return (
    <div className={styles.page}>
      <Loading />
    </div>
  )
}
