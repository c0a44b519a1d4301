import { createRoute } from '@tanstack/react-router'
import { dayIn } from '../../lib/days'
import { pageIn, type PageSearch } from '../../lib/paging'
import { someIn, textIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const RUN_SORTS = ['CREATED', 'ENDED', 'DURATION'] as const
export const RUN_STATUSES = ['WAITING', 'RUNNING', 'PAUSED', 'FINISHED', 'FAILED', 'CANCELED'] as const

export interface RunsSearch extends PageSearch<(typeof RUN_SORTS)[number]> {
  text?: string | undefined
  status?: (typeof RUN_STATUSES)[number][] | undefined
  pipeline?: string | undefined
  app?: string | undefined
  collection?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

export const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batch-runs',
  validateSearch: (search: Record<string, unknown>): RunsSearch => ({
    text: textIn(search.text),
    status: someIn(search.status, RUN_STATUSES),
    pipeline: textIn(search.pipeline),
    app: textIn(search.app),
    collection: textIn(search.collection),
    from: dayIn(search.from),
    to: dayIn(search.to),
    ...pageIn(search, RUN_SORTS),
  }),
})
