import { createRoute } from '@tanstack/react-router'
import { dateParam } from '../../lib/date-range'
import { pageParams, type PageSearch } from '../../lib/pagination'
import { choiceListParam, textParam } from '../../lib/search-params'
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
    text: textParam(search.text),
    status: choiceListParam(search.status, RUN_STATUSES),
    pipeline: textParam(search.pipeline),
    app: textParam(search.app),
    collection: textParam(search.collection),
    from: dateParam(search.from),
    to: dateParam(search.to),
    ...pageParams(search, RUN_SORTS),
  }),
})
