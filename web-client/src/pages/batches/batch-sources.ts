/** What a batch is to be made of, as one page hands it to the next; the browser keeps it with the place in its history. */
import type { VariablesOf } from '../../lib/graphql'
import type { CreateBatchFrom } from './create-batch-mutation'

export type MediaFileFilter = NonNullable<VariablesOf<typeof CreateBatchFrom>['input']['mediaFiles']>

export interface BatchSources {
  guids?: string[]
  /** All that it finds. */
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
