import { createRoute } from '@tanstack/react-router'
import { pageIn, type PageSearch } from '../../lib/paging'
import { oneIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const BATCH_TABS = ['runs', 'not-started', 'inputs', 'results'] as const

export interface BatchSearch extends PageSearch<never> {
  tab?: (typeof BATCH_TABS)[number] | undefined
}

export const batchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches/$batchId',
  validateSearch: (search: Record<string, unknown>): BatchSearch => ({
    tab: oneIn(search.tab, BATCH_TABS),
    ...pageIn(search, []),
  }),
})
