import { Link, type LinkProps } from '@tanstack/react-router'
import { memo, type ReactNode } from 'react'
import { useDocumentTitle } from '../lib/document-title'
import styles from './page.module.css'

export interface Crumb {
  label: string
  link: LinkProps
}

interface PageProps {
  title: string
  /** The parent pages, outermost first. */
  crumbs?: Crumb[]
  /** Next to the title, e.g. a StatusChip. */
  beside?: ReactNode
  about?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

export function Page({ children, ...heading }: PageProps) {
  useDocumentTitle(heading.title)
  return (
    <div className={styles.page}>
      <Heading {...heading} />
      {children}
    </div>
  )
}

/** Memoized: the rest of a page changes far more often. */
const Heading = memo(function Heading({ title, crumbs = [], beside, about, actions }: Omit<PageProps, 'children'>) {
  return (
    <header className={styles.header}>
      <div className={styles.words}>
        {crumbs.length > 0 && (
          <nav aria-label="Breadcrumbs">
            <ol className={styles.crumbs}>
              {crumbs.map((crumb) => (
                <li key={crumb.label}>
                  <Link {...crumb.link}>{crumb.label}</Link>
                </li>
              ))}
            </ol>
          </nav>
        )}
        <div className={styles.title}>
          <h1>{title}</h1>
          {beside}
        </div>
        {about !== undefined && <p className={styles.about}>{about}</p>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </header>
  )
})
