import { createRoute } from '@tanstack/react-router'
import { pageParams, type PageSearch } from '../../lib/pagination'
import { textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const APP_SORTS = ['NAME', 'CREATED'] as const

export interface AppsSearch extends PageSearch<(typeof APP_SORTS)[number]> {
  text?: string | undefined
}

export const appsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/apps',
  validateSearch: (search: Record<string, unknown>): AppsSearch => ({
    text: textParam(search.text),
    ...pageParams(search, APP_SORTS),
  }),
})
