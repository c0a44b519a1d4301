import { expect, it } from 'vitest'
import { dateParam, daysAgo, timeRange } from './date-range'

it('a range includes its first and last day', () => {
  const { from = '', to = '' } = timeRange({ from: '2026-03-01', to: '2026-03-01' }) ?? {}
  expect(new Date(from).getHours()).toBe(0)
  expect(Date.parse(to) - Date.parse(from)).toBe(24 * 3600 * 1000)
  expect(timeRange({})).toBeNull()
  expect(timeRange({ to: '2026-03-01' })).not.toHaveProperty('from')
})

it('dates are read from the URL, and invalid ones are ignored', () => {
  expect(['2026-03-01', '2026-13-01', 'today', 7].map(dateParam)).toEqual(['2026-03-01', undefined, undefined, undefined])
  expect(dateParam(daysAgo(0))).toBe(daysAgo(0))
  expect(['9999-12-31', '9999-12-29', '0001-01-01', '0099-12-31'].map(dateParam)).toEqual(Array(4).fill(undefined))
  expect(timeRange({ to: dateParam('9999-12-28') })?.to).toMatch(/^9999-12-(28|29)T/)
})
