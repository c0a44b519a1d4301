/** Which file the person is at: moved by keys over tiles and rows alike. */
import type { KeyboardEvent } from 'react'
import type { ShownFiles } from './shown-files'

export interface Steps {
  /** Files beside one another. */
  across: number
  /** Lines of them that can be seen at once. */
  page: number
}

/** The place to which a key moves; null if the key moves nothing. */
export function placeAfterKey(event: KeyboardEvent, place: number, count: number, steps: Steps): number | null {
  const to = (wanted: number) => Math.max(0, Math.min(count - 1, wanted))
  switch (event.key) {
    case 'ArrowRight':
      return steps.across > 1 ? to(place + 1) : null
    case 'ArrowLeft':
      return steps.across > 1 ? to(place - 1) : null
    case 'ArrowDown':
      return place + steps.across < count ? place + steps.across : to(place)
    case 'ArrowUp':
      return place - steps.across >= 0 ? place - steps.across : to(place)
    case 'PageDown':
      return to(place + steps.across * steps.page)
    case 'PageUp':
      return to(place - steps.across * steps.page)
    case 'Home':
      return 0
    case 'End':
      return to(count - 1)
    default:
      return null
  }
}

/** The file to which a key moves from this one; null if the key moves nothing, or there is no file. */
export function fileAfterKey(
  event: KeyboardEvent,
  file: number | null,
  shown: ShownFiles,
  steps: Steps,
): number | null {
  if (event.ctrlKey || event.altKey || event.metaKey || shown.count === 0) return null
  if (file === null) return placeAfterKey(event, 0, shown.count, steps) === null ? null : shown.file(0)
  const place = placeAfterKey(event, shown.placeOf(file), shown.count, steps)
  return place === null ? null : shown.file(place)
}
