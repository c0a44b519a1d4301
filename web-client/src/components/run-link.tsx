import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** To a batch run. */
export function BatchRunLink({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Link to="/batch-runs/$id" params={{ id }}>
      {children}
    </Link>
  )
}

/** To the run of one file. */
export function FileRunLink({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Link to="/pipeline-runs/$id" params={{ id }}>
      {children}
    </Link>
  )
}
