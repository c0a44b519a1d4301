/** Date ranges in the user's time zone, as URL parameters (2026-01-31) and as API filters. */

import { LOCALE } from './format'

/** `from` and `to` are both included. */
export interface DateRange {
  from?: string | undefined
  to?: string | undefined
}

const DAY = /^[1-9]\d{3}-\d{2}-\d{2}$/
/** JavaScript reads years below 1000 otherwise, and the API takes no time after this day in some time zones. */
const LAST = '9999-12-28'
const words = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' })

export function dateParam(value: unknown): string | undefined {
  return typeof value === 'string' && DAY.test(value) && value <= LAST && !Number.isNaN(Date.parse(value)) ? value : undefined
}

export function daysAgo(days: number): string {
  const day = new Date()
  day.setDate(day.getDate() - days)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

export function formatDate(day: string): string {
  return words.format(midnight(day, 0))
}

/** Converts dates to times: from the start of `from` to the end of `to`. Returns null if neither is set. */
export function timeRange({ from, to }: DateRange): { from?: string; to?: string } | null {
  if (from === undefined && to === undefined) return null
  const period: { from?: string; to?: string } = {}
  if (from !== undefined) period.from = midnight(from, 0).toISOString()
  if (to !== undefined) period.to = midnight(to, 1).toISOString()
  return period
}

function midnight(day: string, offset: number): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + offset)
}
