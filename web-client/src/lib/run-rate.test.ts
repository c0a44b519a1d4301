import { expect, test } from 'vitest'
import { runRate } from './run-rate'

let runs = 0
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString()

/** A run that began at twelve; what it is at each of these minutes. */
function someRun() {
  runs += 1
  const id = `brun-${runs}`
  return (minute: number, finished: number, more: { status?: 'RUNNING' | 'PAUSED'; endedAt?: string } = {}) => ({
    id,
    status: 'RUNNING' as const,
    asOf: at(minute),
    startedAt: at(0),
    percent: finished,
    counts: { finished, failed: 0, canceled: 0 },
    steps: [{ counts: { waiting: 50, running: 1, finished, failed: 0 } }],
    ...more,
  })
}

test('two pages tell the same rate of a run, whenever each of them was opened', () => {
  const run = someRun()
  runRate(run(10, 10)) // on Now
  runRate(run(19, 20))
  const seen = runRate(run(20, 40))
  expect(seen.perMinute).toBe(3) // since the last moment before the last five minutes
  expect(runRate({ ...run(20, 40) })).toEqual(seen) // on the page of the run, opened only now
})

test('a run that is seen for the first time has the rate of all it did', () => {
  expect(runRate(someRun()(10, 20)).perMinute).toBe(2)
})

test('a run that stands still has no rate, and once it goes on none of what was before', () => {
  const run = someRun()
  runRate(run(10, 20))
  expect(runRate(run(11, 20, { status: 'PAUSED' }))).toEqual({ perMinute: null, secondsLeft: null })
  expect(runRate(run(60, 20)).perMinute).toBeNull()
  expect(runRate(run(61, 24)).perMinute).toBe(4)
})

test('a run that has ended has the rate of the whole of it', () => {
  const run = someRun()
  runRate(run(10, 20))
  expect(runRate(run(40, 60, { endedAt: at(30) }))).toEqual({ perMinute: 2, secondsLeft: null })
})
