import { createRoute } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'
import { mediaSearchParams } from '../media/media-search'

export const collectionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/collections/$collectionId',
  validateSearch: mediaSearchParams,
})
