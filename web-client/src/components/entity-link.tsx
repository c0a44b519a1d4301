import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** The path of each kind of entity, without the ID. */
const PATHS = {
  batch: '/batches',
  batchRun: '/batch-runs',
  pipelineRun: '/pipeline-runs',
  mediaFile: '/media',
  collection: '/collections',
  mmif: '/mmifs',
  pipeline: '/pipelines',
  app: '/apps',
}

export type EntityKind = keyof typeof PATHS

interface EntityLinkProps {
  kind: EntityKind
  /** The ID; for a media file, the GUID. */
  id: string
  className?: string | undefined
  children: ReactNode
}

export function EntityLink({ kind, id, className, children }: EntityLinkProps) {
  return (
    <Link to={pathOf(kind, id)} className={className}>
      {children}
    </Link>
  )
}

function pathOf(kind: EntityKind, id: string): string {
  return `${PATHS[kind]}/${encodeURIComponent(id)}`
}
