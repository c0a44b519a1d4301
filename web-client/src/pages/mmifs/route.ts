import { createRoute } from '@tanstack/react-router'
import { dayIn } from '../../lib/days'
import { pageIn, type PageSearch } from '../../lib/paging'
import { someIn, textIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

export const MMIF_SORTS = ['CREATED', 'SIZE'] as const
export const ORIGINS = ['STEP', 'UPLOAD', 'INITIAL'] as const

export interface MmifsSearch extends PageSearch<(typeof MMIF_SORTS)[number]> {
  text?: string | undefined
  origin?: (typeof ORIGINS)[number][] | undefined
  app?: string | undefined
  collection?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

export const mmifsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/mmifs',
  validateSearch: (search: Record<string, unknown>): MmifsSearch => ({
    text: textIn(search.text),
    origin: someIn(search.origin, ORIGINS),
    app: textIn(search.app),
    collection: textIn(search.collection),
    from: dayIn(search.from),
    to: dayIn(search.to),
    ...pageIn(search, MMIF_SORTS),
  }),
})
