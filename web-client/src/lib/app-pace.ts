/** How fast apps are, in words. */
import { LANGUAGE } from './words'

const few = new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: 2 })

/** Of a minute of media: `0.8 s`, `12 s`, `3.5 min`. */
export function pace(secondsPerMediaMinute: number): string {
  const seconds = secondsPerMediaMinute
  return seconds < 90 ? `${few.format(seconds)} s` : `${few.format(seconds / 60)} min`
}
