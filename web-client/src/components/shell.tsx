import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { memo, useEffect, useRef, type ReactNode } from 'react'
import { useActiveRuns } from '../lib/active-runs'
import { ActorName } from './actor-name'
import { ConnectionStatus } from './connection-status'
import styles from './shell.module.css'
import { Sidebar, type Place } from './sidebar'
import { StaleBar } from './stale-bar'
import { ThemeSwitch } from './theme-switch'
import { Toasts } from './toast'

const FOOTER = (
  <>
    <ConnectionStatus />
    <ActorName />
    <ThemeSwitch />
  </>
)
/** Memoized: run updates arrive several times a second, and rarely change the number of active runs. */
const MemoSidebar = memo(Sidebar)

/** The frame of every page. */
export function Shell() {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.location.pathname })
  const active = useActiveRuns().data?.activeBatchRuns.length ?? 0
  const first = useRef(true)
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true }) // screen readers continue with the new page
    first.current = false
  }, [path])
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to content
      </a>
      <MemoSidebar PlaceLink={PlaceLink} active={active}>
        {FOOTER}
      </MemoSidebar>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <StaleBar />
        <Outlet />
      </main>
      <Toasts />
    </div>
  )
}

function PlaceLink({ place, ...more }: { place: Place; className: string | undefined; children: ReactNode }) {
  return <Link to={place.to} activeOptions={{ exact: place.to === '/' }} {...more} />
}
