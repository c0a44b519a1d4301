/** The target of a bulk mutation: selected rows, or all rows that match a filter. */
import type { RowSelection, Selection } from './selection'

/** The API refuses an empty filter. This one matches everything. */
const MATCH_ALL = { created: { from: '1970-01-01T00:00:00Z' } }

export type BulkTarget<Filter> = { keys: string[] } | { filter: Filter | typeof MATCH_ALL }

export function bulkTarget<Filter extends object>(selection: Selection, filter: Filter): BulkTarget<Filter> {
  if (!selection.all) return { keys: [...selection.keys] }
  return { filter: Object.values(filter).some((value) => value !== undefined && value !== null) ? filter : MATCH_ALL }
}

/** The arguments of bulk mutations that take IDs. */
export function idArguments<Filter>(target: BulkTarget<Filter>) {
  return 'keys' in target ? { ids: target.keys } : { filter: target.filter }
}

/** The arguments of bulk mutations that take GUIDs. */
export function guidArguments<Filter>(target: BulkTarget<Filter>) {
  return 'keys' in target ? { guids: target.keys } : { filter: target.filter }
}

/** The props that a list passes to its bulk actions. */
export interface BulkActionsProps<Filter> {
  selecting: RowSelection
  filter: Filter
  onDone: () => void
}

/** Returns a function that clears the selection after a bulk action. */
export function clearWhenDone({ selecting, onDone }: BulkActionsProps<unknown>): () => void {
  return () => {
    selecting.clear()
    onDone()
  }
}
