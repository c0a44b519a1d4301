import { createRoute } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'

export const newBatchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches/new',
})
