import { createRoute } from '@tanstack/react-router'
import { pageIn, type PageSearch } from '../../lib/paging'
import { oneIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const MEDIA_FILE_TABS = ['mmifs', 'runs'] as const

export interface MediaFileSearch extends PageSearch<never> {
  tab?: (typeof MEDIA_FILE_TABS)[number] | undefined
}

export const mediaFileRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/media/$guid',
  validateSearch: (search: Record<string, unknown>): MediaFileSearch => ({
    tab: oneIn(search.tab, MEDIA_FILE_TABS),
    ...pageIn(search, []),
  }),
})
