import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'

export const mediaImportRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/media/import',
  component: lazyRouteComponent(() => import('./import-page'), 'ImportPage'),
})
