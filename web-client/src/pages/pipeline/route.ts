import { createRoute } from '@tanstack/react-router'
import { oneIn, textIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const PIPELINE_TABS = ['steps', 'versions', 'document', 'uses'] as const

export interface PipelineSearch {
  tab?: (typeof PIPELINE_TABS)[number] | undefined
  /** Versions that are compared. */
  from?: string | undefined
  to?: string | undefined
  /** Of the document: by default the newest. */
  version?: string | undefined
  format?: 'JSON' | undefined
}

export const pipelineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines/$pipelineId',
  validateSearch: (search: Record<string, unknown>): PipelineSearch => ({
    tab: oneIn(search.tab, PIPELINE_TABS),
    from: textIn(search.from),
    to: textIn(search.to),
    version: textIn(search.version),
    format: oneIn(search.format, ['JSON'] as const),
  }),
})
