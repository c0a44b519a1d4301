/** Changes the URL parameters of a list. */
import type { PageSearch } from './pagination'

/** Applies a change. It resets the cursors, because a cursor is valid only for one filter and sort order. */
export function updateListSearch<Search extends PageSearch<string>>(search: Search, change: Partial<Search>): Search {
  return { ...search, after: undefined, before: undefined, ...change }
}

const PAGE_PARAMS = new Set(['sort', 'descending', 'after', 'before'])

/** Whether a filter is set. Page and sort order do not count. */
export function isFiltered(search: PageSearch<string>): boolean {
  return Object.entries(search).some(([name, value]) => value !== undefined && !PAGE_PARAMS.has(name))
}
