import { useState } from 'react'

/** Selected rows over all pages: some, or all that match the filter. */
export type Selection = { all: true } | { all: false; keys: ReadonlySet<string> }

const NONE: Selection = { all: false, keys: new Set() }

export interface RowSelection {
  selection: Selection
  /** Null: all rows that match the filter. */
  count: number | null
  has: (key: string) => boolean
  /** Selects or deselects rows. If all were selected, only the rows of `here` stay selected. */
  toggle: (keys: string[], chosen: boolean, here: () => string[]) => void
  chooseAll: () => void
  clear: () => void
}

/** The selection of a list. `filter`: the filter as text. A new filter clears the selection. */
export function useSelection(filter: string): RowSelection {
  const [state, setState] = useState({ filter, selection: NONE })
  if (state.filter !== filter) setState({ filter, selection: NONE })
  const selection = state.filter === filter ? state.selection : NONE
  const select = (next: Selection) => setState({ filter, selection: next })
  return {
    selection,
    count: selection.all ? null : selection.keys.size,
    has: (key) => selection.all || selection.keys.has(key),
    toggle: (keys, chosen, here) => {
      const next = new Set(selection.all ? here() : selection.keys)
      for (const key of keys) {
        if (chosen) next.add(key)
        else next.delete(key)
      }
      select({ all: false, keys: next })
    },
    chooseAll: () => select({ all: true }),
    clear: () => select(NONE),
  }
}
