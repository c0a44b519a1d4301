import { createRoute } from '@tanstack/react-router'
import { dayIn } from '../../lib/days'
import { pageIn, type PageSearch } from '../../lib/paging'
import { textIn } from '../../lib/search'
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
    text: textIn(search.text),
    from: dayIn(search.from),
    to: dayIn(search.to),
    ...pageIn(search, COLLECTION_SORTS),
  }),
})
