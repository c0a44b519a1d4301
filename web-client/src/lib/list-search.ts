/** What the address of a list holds, changed. */
import type { PageSearch } from './pagination'

/** Another filter, page or sort: a cursor belongs to the list that it was given for. */
export function updateListSearch<Search extends PageSearch<string>>(search: Search, change: Partial<Search>): Search {
  return { ...search, after: undefined, before: undefined, ...change }
}

const NO_FILTER = new Set(['sort', 'descending', 'after', 'before'])

/** Whether anything is left out, whatever the page and the sort. */
export function isFiltered(search: PageSearch<string>): boolean {
  return Object.entries(search).some(([name, value]) => value !== undefined && !NO_FILTER.has(name))
}
