import { createRoute } from '@tanstack/react-router'
import { dateParam } from '../../lib/date-range'
import { pageParams, type PageSearch } from '../../lib/pagination'
import { choiceListParam, textParam } from '../../lib/search-params'
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
    text: textParam(search.text),
    origin: choiceListParam(search.origin, ORIGINS),
    app: textParam(search.app),
    collection: textParam(search.collection),
    from: dateParam(search.from),
    to: dateParam(search.to),
    ...pageParams(search, MMIF_SORTS),
  }),
})
