import { createRoute } from '@tanstack/react-router'
import { choiceParam, choiceListParam, textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'
import { FILE_STATUSES, type FileStatus } from './cell-state'

export const VIEWS = ['grid', 'list', 'workers'] as const

export type View = (typeof VIEWS)[number]

export interface RunSearch {
  view?: View | undefined
  status?: FileStatus[] | undefined
  code?: string | undefined
  text?: string | undefined
}

function searchIn(search: Record<string, unknown>): RunSearch {
  return {
    view: choiceParam(search.view, VIEWS),
    status: choiceListParam(search.status, FILE_STATUSES),
    code: textParam(search.code),
    text: textParam(search.text),
  }
}

export const batchRunRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batch-runs/$id',
  validateSearch: searchIn,
})
