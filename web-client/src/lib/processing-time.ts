/** How fast apps are, in words. */
import { LOCALE } from './format'

const few = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 2 })

/** Of a minute of media: `0.8 s`, `12 s`, `3.5 min`. */
export function formatProcessingTime(secondsPerMediaMinute: number): string {
  const seconds = secondsPerMediaMinute
  return seconds < 90 ? `${few.format(seconds)} s` : `${few.format(seconds / 60)} min`
}
