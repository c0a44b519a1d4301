import { createRoute } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'

export const importPipelineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines/import',
})
