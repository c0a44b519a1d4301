import { Loading } from './loading'
import styles from './page.module.css'

/** While a page's own code is on its way. */
export function PageLoading() {
  return (
    <div className={styles.page}>
      <Loading />
    </div>
  )
}
