/** Formats the speed of apps. */
import { LOCALE } from './format'

const few = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 2 })

/** Formats the processing time per media minute: `0.8 s`, `12 s`, `3.5 min`. */
export function formatProcessingTime(secondsPerMediaMinute: number): string {
  const seconds = secondsPerMediaMinute
  return seconds < 90 ? `${few.format(seconds)} s` : `${few.format(seconds / 60)} min`
}
