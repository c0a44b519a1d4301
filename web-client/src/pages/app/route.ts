import { createRoute } from '@tanstack/react-router'
import { oneIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const APP_TABS = ['state', 'parameters', 'history', 'pipelines'] as const

export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/apps/$appId',
  validateSearch: (search: Record<string, unknown>): { tab?: (typeof APP_TABS)[number] | undefined } => ({
    tab: oneIn(search.tab, APP_TABS),
  }),
})
