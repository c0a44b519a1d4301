import { createRoute } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'
import { mediaSearchParams } from './media-search'

export const mediaRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/media',
  validateSearch: mediaSearchParams,
})
