import { createRoute } from '@tanstack/react-router'
import { textIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const newPipelineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pipelines/new',
  validateSearch: (search: Record<string, unknown>): { from?: string | undefined } => ({
    /** A pipeline whose steps it begins with. */
    from: textIn(search.from),
  }),
})
