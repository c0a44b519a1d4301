import { createRoute } from '@tanstack/react-router'
import { textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const newPipelineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines/new',
  validateSearch: (search: Record<string, unknown>): { from?: string | undefined } => ({
    /** The pipeline whose steps the editor starts with. */
    from: textParam(search.from),
  }),
})
