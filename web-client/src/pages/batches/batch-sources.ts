/** The sources of a new batch. One page passes them to the next in the browser history, so they survive a reload. */
import type { VariablesOf } from '../../lib/graphql'
import type { CreateBatchFrom } from './create-batch-mutation'

export type MediaFileFilter = NonNullable<VariablesOf<typeof CreateBatchFrom>['input']['mediaFiles']>

export interface BatchSources {
  guids?: string[]
  /** All media files that match this filter. */
  mediaFiles?: MediaFileFilter
  collectionIds?: string[]
  mmifIds?: string[]
  batchIds?: string[]
}

declare module '@tanstack/history' {
  interface HistoryState {
    batchSources?: BatchSources
  }
}
