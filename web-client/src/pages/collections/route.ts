import { createRoute } from '@tanstack/react-router'
import { dateParam } from '../../lib/date-range'
import { pageParams, type PageSearch } from '../../lib/pagination'
import { textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const COLLECTION_SORTS = ['NAME', 'CREATED'] as const

export interface CollectionsSearch extends PageSearch<(typeof COLLECTION_SORTS)[number]> {
  text?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

export const collectionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/collections',
  validateSearch: (search: Record<string, unknown>): CollectionsSearch => ({
    text: textParam(search.text),
    from: dateParam(search.from),
    to: dateParam(search.to),
    ...pageParams(search, COLLECTION_SORTS),
  }),
})
