import { dayIn } from '../../lib/days'
import type { VariablesOf } from '../../lib/graphql'
import { periodOf } from '../../lib/days'
import { flagIn, someIn, textIn } from '../../lib/search'
import { pageIn, type PageSearch } from '../../lib/paging'
import type { MediaFiles } from './media-files'

export const MEDIA_SORTS = ['CREATED', 'GUID'] as const
export const DOCUMENT_TYPES = ['VIDEO', 'AUDIO', 'TEXT', 'IMAGE'] as const

export type DocumentType = (typeof DOCUMENT_TYPES)[number]

/** What of the media files an address shows. */
export interface MediaSearch extends PageSearch<(typeof MEDIA_SORTS)[number]> {
  text?: string | undefined
  type?: DocumentType[] | undefined
  collection?: string | undefined
  batch?: string | undefined
  /** The ID of an app that has given nothing for them, … */
  without?: string | undefined
  /** … or nothing as new as this version. */
  olderThan?: string | undefined
  hasInput?: boolean | undefined
  from?: string | undefined
  to?: string | undefined
}

export function mediaSearchIn(search: Record<string, unknown>): MediaSearch {
  return {
    text: textIn(search.text),
    type: someIn(search.type, DOCUMENT_TYPES),
    collection: textIn(search.collection),
    batch: textIn(search.batch),
    without: textIn(search.without),
    olderThan: textIn(search.olderThan),
    hasInput: flagIn(search.hasInput),
    from: dayIn(search.from),
    to: dayIn(search.to),
    ...pageIn(search, MEDIA_SORTS),
  }
}

export type MediaFileFilter = NonNullable<VariablesOf<typeof MediaFiles>['filter']>

export function mediaFilterOf(search: MediaSearch): MediaFileFilter {
  const { text, type, collection, batch, without, olderThan, hasInput } = search
  return {
    text: text ?? null,
    types: type ?? null,
    collections: collection === undefined ? null : [collection],
    batches: batch === undefined ? null : [batch],
    noOutputOf: without === undefined ? null : { app: without, olderThan: olderThan ?? null },
    hasInputMmif: hasInput ?? null,
    created: periodOf(search),
  }
}
