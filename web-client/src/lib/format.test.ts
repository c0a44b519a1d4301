import { afterEach, expect, it, vi } from 'vitest'
import { formatBytes, pluralize, formatDuration, formatPercent, formatTimeAgo } from './format'

afterEach(() => vi.unstubAllEnvs())

it('formats counts', () => {
  expect([0, 1, 1200].map((number) => pluralize(number, 'file'))).toEqual(['0 files', '1 file', '1,200 files'])
  expect(pluralize(2, 'batch', 'batches')).toBe('2 batches')
})

it('rounds percents down, so that 100 % means complete', () => {
  expect([0, 99.99, 100].map(formatPercent)).toEqual(['0 %', '99 %', '100 %'])
})

it('formats sizes in a suitable unit', () => {
  expect([999, 1500, 2_000_000, 5e13].map(formatBytes)).toEqual(['999 bytes', '1.5 kB', '2 MB', '50 TB'])
})

it('formats durations, with less precision for longer ones', () => {
  const durations = { 0: '0 s', 0.04: '0.1 s', 0.4: '0.4 s', 59.6: '1 min', 260: '4 min 20 s', 3599: '59 min', 7500: '2 h 5 min', 260_000: '3 days' }
  for (const [seconds, words] of Object.entries(durations)) expect(formatDuration(Number(seconds))).toBe(words)
})

it('formats relative times, and dates after a week', () => {
  const now = new Date(2026, 2, 20, 12)
  const before = (seconds: number) => formatTimeAgo(new Date(now.getTime() - seconds * 1000), now)
  expect([5, 30, 150, 7200, 86_400].map(before)).toEqual([
    'just now',
    '30 seconds ago',
    '2 minutes ago',
    '2 hours ago',
    'yesterday',
  ])
  expect(before(8 * 86_400)).toMatch(/12/)
  expect(formatTimeAgo(new Date(2025, 11, 31), now)).toMatch(/2025/)
})

it('formats times in the user’s time zone, with the date if it is another day', async () => {
  vi.stubEnv('TZ', 'America/New_York')
  vi.resetModules()
  const format = await import('./format')
  const late = new Date('2026-01-31T03:30:00Z') // the evening before in New York
  expect(format.formatClockTime(late, new Date('2026-01-31T04:00:00Z'))).toMatch(/^(22|10):30/)
  expect(format.formatClockTime(late, new Date('2026-01-31T06:00:00Z'))).toMatch(/30.*(22|10):30/)
  expect(format.formatExactTime(late)).toMatch(/30.*2026.*(EST|GMT-5)/)
})
