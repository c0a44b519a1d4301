import { createRoute } from '@tanstack/react-router'
import { dateParam } from '../../lib/date-range'
import { pageParams, type PageSearch } from '../../lib/pagination'
import { textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const BATCH_SORTS = ['CREATED', 'NAME', 'SIZE'] as const

export interface BatchesSearch extends PageSearch<(typeof BATCH_SORTS)[number]> {
  text?: string | undefined
  pipeline?: string | undefined
  collection?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

export const batchesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches',
  validateSearch: (search: Record<string, unknown>): BatchesSearch => ({
    text: textParam(search.text),
    pipeline: textParam(search.pipeline),
    collection: textParam(search.collection),
    from: dateParam(search.from),
    to: dateParam(search.to),
    ...pageParams(search, BATCH_SORTS),
  }),
})
