import { createRoute } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'

export const mediaImportRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/media/import',
})
