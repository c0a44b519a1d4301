import { createRoute } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'

export const nowRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
})
