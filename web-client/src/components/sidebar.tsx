import {
  Activity,
  Boxes,
  FileJson2,
  Film,
  FolderClosed,
  History,
  Layers,
  Play,
  SquareTerminal,
  Workflow,
} from 'lucide-react'
import type { ComponentType, ReactNode } from 'react'
import { Brand } from './brand'
import styles from './sidebar.module.css'

export const PLACES = [
  { to: '/', label: 'Now', icon: Activity },
  { to: '/batch-runs', label: 'Batch runs', icon: Play },
  { to: '/batches', label: 'Batches', icon: Layers },
  { to: '/media', label: 'Media', icon: Film },
  { to: '/collections', label: 'Collections', icon: FolderClosed },
  { to: '/mmifs', label: 'MMIF', icon: FileJson2 },
  { to: '/pipelines', label: 'Pipelines', icon: Workflow },
  { to: '/apps', label: 'Apps', icon: Boxes },
  { to: '/activity', label: 'Activity', icon: History },
] as const

export type Place = (typeof PLACES)[number]

interface SidebarProps {
  /** Renders a link: within the application, or to another document. */
  PlaceLink: ComponentType<{ place: Place; className: string | undefined; children: ReactNode }>
  playground?: boolean
  /** Number of active batch runs. */
  active?: number
  /** The footer. */
  children?: ReactNode
}

export function Sidebar({ PlaceLink, playground = false, active = 0, children }: SidebarProps) {
  return (
    <header className={styles.sidebar}>
      <Brand />
      <nav aria-label="Main">
        <ul className={styles.places}>
          {PLACES.map((place) => (
            <li key={place.to}>
              <PlaceLink place={place} className={styles.place}>
                <place.icon aria-hidden size={18} />
                {place.label}
                {place.to === '/' && active > 0 && (
                  <span className={styles.badge}>
                    {active}
                    <span className="unseen"> active</span>
                  </span>
                )}
              </PlaceLink>
            </li>
          ))}
          <li className={styles.apart}>
            {/* A separate document: its editor needs another Content-Security-Policy. */}
            <a href="/graphql" className={styles.place} aria-current={playground ? 'page' : undefined}>
              <SquareTerminal aria-hidden size={18} />
              Playground
            </a>
          </li>
        </ul>
      </nav>
      <div className={styles.foot}>{children}</div>
    </header>
  )
}
