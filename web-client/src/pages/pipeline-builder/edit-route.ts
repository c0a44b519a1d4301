import { createRoute } from '@tanstack/react-router'
import { textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const editPipelineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines/$pipelineId/edit',
  validateSearch: (search: Record<string, unknown>): { version?: string | undefined } => ({
    /** The version whose steps the editor starts with. By default the newest. */
    version: textParam(search.version),
  }),
})
