import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

interface RunLinkProps {
  id: string
  children: ReactNode
}

/** Links to a batch run. */
export function BatchRunLink({ id, children }: RunLinkProps) {
  return (
    <Link to="/batch-runs/$id" params={{ id }}>
      {children}
    </Link>
  )
}

/** Links to a pipeline run: the run of one file. */
export function FileRunLink({ id, children }: RunLinkProps) {
  return (
    <Link to="/pipeline-runs/$id" params={{ id }}>
      {children}
    </Link>
  )
}
