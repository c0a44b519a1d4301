/** What one change for many is done to: those that are named, or all that a filter finds. */
import type { Selection } from './selection'

/** A filter that leaves nothing out must say so. */
const EVER = { created: { from: '1970-01-01T00:00:00Z' } }

export type Chosen<Filter> = { keys: string[] } | { filter: Filter | typeof EVER }

export function chosenBy<Filter extends object>(selection: Selection, filter: Filter): Chosen<Filter> {
  if (!selection.all) return { keys: [...selection.keys] }
  return { filter: Object.values(filter).some((value) => value !== undefined && value !== null) ? filter : EVER }
}

/** As the arguments of bulk mutations. */
export function byIds<Filter>(chosen: Chosen<Filter>) {
  return 'keys' in chosen ? { ids: chosen.keys } : { filter: chosen.filter }
}

export function byGuids<Filter>(chosen: Chosen<Filter>) {
  return 'keys' in chosen ? { guids: chosen.keys } : { filter: chosen.filter }
}
