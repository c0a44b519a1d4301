import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** Where each noun has its page. */
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

export type Noun = keyof typeof PATHS

interface NounLinkProps {
  noun: Noun
  /** Its ID; of a media file its GUID. */
  id: string
  className?: string | undefined
  children: ReactNode
}

/** To the page of one thing. */
export function NounLink({ noun, id, className, children }: NounLinkProps) {
  return (
    <Link to={pathOf(noun, id)} className={className}>
      {children}
    </Link>
  )
}

function pathOf(noun: Noun, id: string): string {
  return `${PATHS[noun]}/${encodeURIComponent(id)}`
}
