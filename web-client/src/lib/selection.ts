import { useState } from 'react'

/** Rows chosen over pages: some, or all that the filter finds, also those that nobody has seen yet. */
export type Selection = { all: true } | { all: false; keys: ReadonlySet<string> }

const NONE: Selection = { all: false, keys: new Set() }

export interface RowSelection {
  selection: Selection
  /** Null: as many as the filter finds. */
  count: number | null
  has: (key: string) => boolean
  /** `here`: rows that can be named. Of all, no longer chosen as all, those stay. */
  toggle: (keys: string[], chosen: boolean, here: () => string[]) => void
  chooseAll: () => void
  clear: () => void
}

/** `filter`: what the list shows, as text; with another one nothing is chosen. */
export function useSelection(filter: string): RowSelection {
  const [state, setState] = useState({ filter, selection: NONE })
  if (state.filter !== filter) setState({ filter, selection: NONE })
  const selection = state.filter === filter ? state.selection : NONE
  const become = (next: Selection) => setState({ filter, selection: next })
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
      become({ all: false, keys: next })
    },
    chooseAll: () => become({ all: true }),
    clear: () => become(NONE),
  }
}
