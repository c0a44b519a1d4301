import { createRoute } from '@tanstack/react-router'
import { pageParams, type PageSearch } from '../../lib/pagination'
import { choiceParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const MEDIA_FILE_TABS = ['mmifs', 'runs'] as const

export interface MediaFileSearch extends PageSearch<never> {
  tab?: (typeof MEDIA_FILE_TABS)[number] | undefined
}

export const mediaFileRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/media/$guid',
  validateSearch: (search: Record<string, unknown>): MediaFileSearch => ({
    tab: choiceParam(search.tab, MEDIA_FILE_TABS),
    ...pageParams(search, []),
  }),
})
