import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

interface RunLinkProps {
  id: string
  children: ReactNode
}

/** To a batch run. */
export function BatchRunLink({ id, children }: RunLinkProps) {
  return <Link to={place('batch-runs', id)}>{children}</Link>
}

/** To the run of one file. */
export function FileRunLink({ id, children }: RunLinkProps) {
  return <Link to={place('pipeline-runs', id)}>{children}</Link>
}

function place(kind: string, id: string): string {
  return `/${kind}/${encodeURIComponent(id)}`
}
