import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { textIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const activityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/activity',
  validateSearch: (search: Record<string, unknown>) => ({
    action: textIn(search.action),
    actor: textIn(search.actor),
    subject: textIn(search.subject),
  }),
  component: lazyRouteComponent(() => import('./activity-page'), 'ActivityPage'),
})
