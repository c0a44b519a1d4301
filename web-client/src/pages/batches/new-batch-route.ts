import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'

export const newBatchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches/new',
  component: lazyRouteComponent(() => import('./new-batch-page'), 'NewBatchPage'),
})
