/** Moves the focused file by keyboard, in the grid and in the list. */
import type { KeyboardEvent } from 'react'
import type { ShownFiles } from './shown-files'

export interface Steps {
  /** Files per row. */
  across: number
  /** Rows that are visible at once. */
  page: number
}

/** The position that a key moves to. Null if the key does not move the cursor. */
export function positionAfterKey(event: KeyboardEvent, position: number, count: number, steps: Steps): number | null {
  const to = (target: number) => Math.max(0, Math.min(count - 1, target))
  switch (event.key) {
    case 'ArrowRight':
      return steps.across > 1 ? to(position + 1) : null
    case 'ArrowLeft':
      return steps.across > 1 ? to(position - 1) : null
    case 'ArrowDown':
      return position + steps.across < count ? position + steps.across : to(position)
    case 'ArrowUp':
      return position - steps.across >= 0 ? position - steps.across : to(position)
    case 'PageDown':
      return to(position + steps.across * steps.page)
    case 'PageUp':
      return to(position - steps.across * steps.page)
    case 'Home':
      return 0
    case 'End':
      return to(count - 1)
    default:
      return null
  }
}

/** The file that a key moves to. Null if the key does not move the cursor, or there are no files. */
export function fileAfterKey(
  event: KeyboardEvent,
  file: number | null,
  shown: ShownFiles,
  steps: Steps,
): number | null {
  if (event.ctrlKey || event.altKey || event.metaKey || shown.count === 0) return null
  if (file === null) return positionAfterKey(event, 0, shown.count, steps) === null ? null : shown.file(0)
  const position = positionAfterKey(event, shown.positionOf(file), shown.count, steps)
  return position === null ? null : shown.file(position)
}
