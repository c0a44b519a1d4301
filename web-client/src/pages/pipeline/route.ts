import { createRoute } from '@tanstack/react-router'
import { choiceParam, textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const PIPELINE_TABS = ['steps', 'versions', 'document', 'uses'] as const

export interface PipelineSearch {
  tab?: (typeof PIPELINE_TABS)[number] | undefined
  /** The versions to compare. */
  from?: string | undefined
  to?: string | undefined
  /** The version of the document. By default the newest. */
  version?: string | undefined
  format?: 'JSON' | undefined
}

export const pipelineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines/$pipelineId',
  validateSearch: (search: Record<string, unknown>): PipelineSearch => ({
    tab: choiceParam(search.tab, PIPELINE_TABS),
    from: textParam(search.from),
    to: textParam(search.to),
    version: textParam(search.version),
    format: choiceParam(search.format, ['JSON'] as const),
  }),
})
