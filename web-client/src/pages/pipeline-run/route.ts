import { createRoute } from '@tanstack/react-router'
import { rootRoute } from '../../root-route'

export const pipelineRunRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipeline-runs/$id',
})
