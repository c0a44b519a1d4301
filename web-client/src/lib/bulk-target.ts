/** What one change for many is done to: those that are named, or all that a filter finds. */
import type { RowSelection, Selection } from './selection'

/** A filter that leaves nothing out must say so. */
const MATCH_ALL = { created: { from: '1970-01-01T00:00:00Z' } }

export type BulkTarget<Filter> = { keys: string[] } | { filter: Filter | typeof MATCH_ALL }

export function bulkTarget<Filter extends object>(selection: Selection, filter: Filter): BulkTarget<Filter> {
  if (!selection.all) return { keys: [...selection.keys] }
  return { filter: Object.values(filter).some((value) => value !== undefined && value !== null) ? filter : MATCH_ALL }
}

/** As the arguments of bulk mutations. */
export function idArguments<Filter>(chosen: BulkTarget<Filter>) {
  return 'keys' in chosen ? { ids: chosen.keys } : { filter: chosen.filter }
}

export function guidArguments<Filter>(chosen: BulkTarget<Filter>) {
  return 'keys' in chosen ? { guids: chosen.keys } : { filter: chosen.filter }
}

/** What a list gives to its bulk actions. */
export interface BulkActionsProps<Filter> {
  selecting: RowSelection
  filter: Filter
  onDone: () => void
}

/** A function that clears the selection after a bulk action. */
export function clearWhenDone({ selecting, onDone }: BulkActionsProps<unknown>): () => void {
  return () => {
    selecting.clear()
    onDone()
  }
}
