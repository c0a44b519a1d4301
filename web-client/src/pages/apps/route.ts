import { createRoute } from '@tanstack/react-router'
import { pageIn, type PageSearch } from '../../lib/paging'
import { textIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const APP_SORTS = ['NAME', 'CREATED'] as const

export interface AppsSearch extends PageSearch<(typeof APP_SORTS)[number]> {
  text?: string | undefined
}

export const appsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/apps',
  validateSearch: (search: Record<string, unknown>): AppsSearch => ({
    text: textIn(search.text),
    ...pageIn(search, APP_SORTS),
  }),
})
