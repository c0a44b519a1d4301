/** Formats numbers, sizes and times for display. */

/** The user's variant of English, the only language of the pages. */
export const LOCALE = navigator.languages.find((language) => language.startsWith('en')) ?? 'en-GB'

const numbers = new Intl.NumberFormat(LOCALE)
const oneDigit = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 })
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' })
const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'long' })
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' })
const day = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' })
const dayOfYear = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' })

export function formatCount(number: number): string {
  return numbers.format(number)
}

/** `1 file`, `1,200 files`. */
export function pluralize(number: number, one: string, many = `${one}s`): string {
  return `${formatCount(number)} ${number === 1 ? one : many}`
}

/** Rounds down, so that 100 % means complete. */
export function formatPercent(value: number): string {
  return `${Math.floor(value)} %`
}

export function formatBytes(size: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${oneDigit.format(size)} ${units[unit] ?? ''}`
}

/** `0.4 s`, `9 s`, `4 min 20 s`, `2 h 5 min`, `3 days`. */
export function formatDuration(seconds: number): string {
  if (seconds > 0 && seconds < 0.95) return `${oneDigit.format(Math.max(seconds, 0.1))} s`
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 10 && whole % 60) return `${minutes} min ${whole % 60} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`
  return `${Math.round(hours / 24)} days`
}

/** `just now`, `2 minutes ago`, `yesterday`, or the date after a week. */
export function formatTimeAgo(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const size = Math.abs(seconds)
  if (size < 10) return 'just now'
  if (size < 60) return relative.format(Math.round(seconds), 'second')
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour')
  if (size < 7 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day')
  return at.getFullYear() === now.getFullYear() ? day.format(at) : dayOfYear.format(at)
}

/** Date and time in the user's time zone, with the zone. */
export function formatExactTime(at: Date): string {
  return exact.format(at)
}

/** `14:05`, with the date if it is another day. */
export function formatClockTime(at: Date, now: Date): string {
  const time = clock.format(at)
  return at.toDateString() === now.toDateString() ? time : `${day.format(at)}, ${time}`
}
