import { createRoute } from '@tanstack/react-router'
import { pageIn, type PageSearch } from '../../lib/paging'
import { oneIn, textIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const PIPELINE_SORTS = ['NAME', 'CREATED'] as const
export const ARCHIVED = ['archived', 'all'] as const

export interface PipelinesSearch extends PageSearch<(typeof PIPELINE_SORTS)[number]> {
  text?: string | undefined
  app?: string | undefined
  /** Left out: those that can be started. */
  show?: (typeof ARCHIVED)[number] | undefined
}

export const pipelinesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines',
  validateSearch: (search: Record<string, unknown>): PipelinesSearch => ({
    text: textIn(search.text),
    app: textIn(search.app),
    show: oneIn(search.show, ARCHIVED),
    ...pageIn(search, PIPELINE_SORTS),
  }),
})
