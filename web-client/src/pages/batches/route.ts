import { createRoute } from '@tanstack/react-router'
import { dayIn } from '../../lib/days'
import { pageIn, type PageSearch } from '../../lib/paging'
import { textIn } from '../../lib/search'
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
    text: textIn(search.text),
    pipeline: textIn(search.pipeline),
    collection: textIn(search.collection),
    from: dayIn(search.from),
    to: dayIn(search.to),
    ...pageIn(search, BATCH_SORTS),
  }),
})
