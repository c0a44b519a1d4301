import { dateParam } from '../../lib/date-range'
import type { VariablesOf } from '../../lib/graphql'
import { timeRange } from '../../lib/date-range'
import { booleanParam, choiceListParam, textParam } from '../../lib/search-params'
import { pageParams, type PageSearch } from '../../lib/pagination'
import type { MediaFiles } from './media-files-query'

export const MEDIA_SORTS = ['CREATED', 'GUID'] as const
export const DOCUMENT_TYPES = ['VIDEO', 'AUDIO', 'TEXT', 'IMAGE'] as const

export type DocumentType = (typeof DOCUMENT_TYPES)[number]

/** The filters, sort order and page of a media list, as in its address. */
export interface MediaSearch extends PageSearch<(typeof MEDIA_SORTS)[number]> {
  text?: string | undefined
  type?: DocumentType[] | undefined
  collection?: string | undefined
  batch?: string | undefined
  /** The ID of an app that has no output for the files. */
  without?: string | undefined
  /** With `without`: also files whose output from the app is older than this version. */
  olderThan?: string | undefined
  hasInput?: boolean | undefined
  from?: string | undefined
  to?: string | undefined
}

export function mediaSearchParams(search: Record<string, unknown>): MediaSearch {
  return {
    text: textParam(search.text),
    type: choiceListParam(search.type, DOCUMENT_TYPES),
    collection: textParam(search.collection),
    batch: textParam(search.batch),
    without: textParam(search.without),
    olderThan: textParam(search.olderThan),
    hasInput: booleanParam(search.hasInput),
    from: dateParam(search.from),
    to: dateParam(search.to),
    ...pageParams(search, MEDIA_SORTS),
  }
}

export type MediaFileFilter = NonNullable<VariablesOf<typeof MediaFiles>['filter']>

export function mediaFilter(search: MediaSearch): MediaFileFilter {
  const { text, type, collection, batch, without, olderThan, hasInput } = search
  return {
    text: text ?? null,
    types: type ?? null,
    collections: collection === undefined ? null : [collection],
    batches: batch === undefined ? null : [batch],
    noOutputOf: without === undefined ? null : { app: without, olderThan: olderThan ?? null },
    hasInputMmif: hasInput ?? null,
    created: timeRange(search),
  }
}
