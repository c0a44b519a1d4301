import { createRoute } from '@tanstack/react-router'
import { choiceParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const APP_TABS = ['state', 'parameters', 'history', 'pipelines'] as const

export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/apps/$appId',
  validateSearch: (search: Record<string, unknown>): { tab?: (typeof APP_TABS)[number] | undefined } => ({
    tab: choiceParam(search.tab, APP_TABS),
  }),
})
