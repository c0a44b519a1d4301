import styles from './brand.module.css'

export function Brand() {
  return (
    <a href="/" className={styles.brand}>
      <img src="/favicon.svg" alt="" width={30} height={30} />
      Chowda
    </a>
  )
}
