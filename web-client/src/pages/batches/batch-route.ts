import { createRoute } from '@tanstack/react-router'
import { pageParams, type PageSearch } from '../../lib/pagination'
import { choiceParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const BATCH_TABS = ['runs', 'not-started', 'inputs', 'results'] as const

export interface BatchSearch extends PageSearch<never> {
  tab?: (typeof BATCH_TABS)[number] | undefined
}

export const batchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches/$batchId',
  validateSearch: (search: Record<string, unknown>): BatchSearch => ({
    tab: choiceParam(search.tab, BATCH_TABS),
    ...pageParams(search, []),
  }),
})
