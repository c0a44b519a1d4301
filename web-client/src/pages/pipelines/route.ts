import { createRoute } from '@tanstack/react-router'
import { pageParams, type PageSearch } from '../../lib/pagination'
import { choiceParam, textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const PIPELINE_SORTS = ['NAME', 'CREATED'] as const
export const ARCHIVED = ['archived', 'all'] as const

export interface PipelinesSearch extends PageSearch<(typeof PIPELINE_SORTS)[number]> {
  text?: string | undefined
  app?: string | undefined
  /** By default only active pipelines. */
  show?: (typeof ARCHIVED)[number] | undefined
}

export const pipelinesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines',
  validateSearch: (search: Record<string, unknown>): PipelinesSearch => ({
    text: textParam(search.text),
    app: textParam(search.app),
    show: choiceParam(search.show, ARCHIVED),
    ...pageParams(search, PIPELINE_SORTS),
  }),
})
