import { createRoute } from '@tanstack/react-router'
import { textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const editPipelineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines/$pipelineId/edit',
  validateSearch: (search: Record<string, unknown>): { version?: string | undefined } => ({
    /** Whose steps it begins with, e.g. to come back to them. */
    version: textParam(search.version),
  }),
})
